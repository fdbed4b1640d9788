package pages_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var linkForm = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Links between files of the repository lead to a file, and to a heading where
// they name one.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, page := range append(handWritten(t), "doc/catalogue.md", "doc/iap2-messages.md") {
		for _, m := range linkForm.FindAllStringSubmatch(prose(read(t, page)), -1) {
			to := m[1]
			if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
				continue
			}
			file, anchor, _ := strings.Cut(to, "#")
			if file = path.Join(path.Dir(page), file); strings.HasPrefix(to, "#") {
				file = page
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(file))); err != nil {
				t.Errorf("%s: link to %s: %v", page, to, err)
				continue
			}
			if anchor != "" && !anchors(read(t, file))[anchor] {
				t.Errorf("%s: link to %s: no such heading", page, to)
			}
		}
	}
}

// prose is a page without its code blocks.
func prose(text string) string {
	var b strings.Builder
	for i, part := range strings.Split(text, "\n```") {
		if i%2 == 0 {
			b.WriteString(part)
		}
	}
	return b.String()
}

// anchors are the headings of a page as links name them.
func anchors(text string) map[string]bool {
	all := map[string]bool{}
	for _, l := range strings.Split(prose(text), "\n") {
		title := strings.TrimLeft(l, "#")
		if title == l || !strings.HasPrefix(title, " ") {
			continue
		}
		var b strings.Builder
		for _, c := range strings.ToLower(strings.TrimSpace(title)) {
			switch {
			case c == ' ':
				b.WriteByte('-')
			case unicode.IsLetter(c), unicode.IsDigit(c), c == '-', c == '_':
				b.WriteRune(c)
			}
		}
		all[b.String()] = true
	}
	return all
}
