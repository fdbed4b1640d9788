package state

// pageSize is how many icons a page of the home screen has.
const pageSize = 24

// Icons returns the home screen as springboardservices describes it: an array of
// pages, the dock first, each an array of icons.
func (s *State) Icons() []any {
	if s.icons != nil {
		return s.icons
	}
	dock, page := []any{}, []any{}
	pages := []any{}
	for _, app := range s.Apps.All() {
		if app.Dock {
			dock = append(dock, s.icon(app))
			continue
		}
		if page = append(page, s.icon(app)); len(page) == pageSize {
			pages = append(pages, page)
			page = []any{}
		}
	}
	if len(page) > 0 {
		pages = append(pages, page)
	}
	return append([]any{dock}, pages...)
}

func (s *State) icon(app *App) map[string]any {
	return map[string]any{
		"bundleIdentifier":  app.BundleID,
		"bundleVersion":     app.Version,
		"displayIdentifier": app.BundleID,
		"displayName":       app.Name,
		"iconModDate":       s.w.Time().Add(-s.w.Now()).UTC(), // when the world began
	}
}

// SetIcons arranges the home screen. Pages must be arrays; it reports false if they
// are not.
func (s *State) SetIcons(pages []any) bool {
	for _, p := range pages {
		if _, ok := p.([]any); !ok {
			return false
		}
	}
	s.icons = pages
	s.emit("icons arranged")
	return true
}
