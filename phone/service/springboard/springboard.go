package springboard

import (
	"fmt"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/service/picture"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Name is what a host asks for.
const Name = wire.ServiceSpringBoard

// iconSize is how large an icon is, in pixels.
const iconSize = 120

// Service returns the service.
func Service() service.Service {
	return service.Service{Name: Name, IOS: state.Range{Since: state.MustVersion("3.1")}, Serve: Serve}
}

// Serve answers commands until the host hangs up.
func Serve(s *service.Session) error {
	for {
		m, err := s.ReceiveDict()
		if err != nil {
			return err
		}
		command, _ := m["command"].(string)
		reply, err := answer(s.Phone, command, m)
		if err != nil {
			reply = map[string]any{"Error": err.Error()}
		}
		if reply == nil {
			continue
		}
		if err := s.Send(reply); err != nil {
			return err
		}
	}
}

// answer returns the reply to a command, nil if it has none.
func answer(p *state.State, command string, m map[string]any) (any, error) {
	switch command {
	case "getIconState":
		return p.Icons(), nil
	case "setIconState":
		if pages, ok := m["iconState"].([]any); ok {
			p.SetIcons(pages)
		}
		return nil, nil
	case "getIconPNGData":
		id, _ := m["bundleId"].(string)
		app := p.Apps.Find(id)
		if app == nil {
			return nil, fmt.Errorf("no app %.64q", id)
		}
		return png(picture.Icon(app, iconSize))
	case "getInterfaceOrientation":
		return map[string]any{"interfaceOrientation": p.Orientation()}, nil
	case "getHomeScreenWallpaperPNGData", "getWallpaperPreviewImage":
		return png(picture.Wallpaper(p))
	case "getHomeScreenIconMetrics":
		return metrics(p), nil
	case "getWallpaperInfo":
		return map[string]any{"wallpaperInfo": map[string]any{"hasVideo": false, "wallpaperName": m["wallpaperName"]}}, nil
	}
	return nil, fmt.Errorf("unknown command %.64q", command)
}

func png(c *picture.Canvas) (any, error) {
	data, err := c.PNG()
	return map[string]any{"pngData": data}, err
}

func metrics(p *state.State) map[string]any {
	return map[string]any{
		"homeScreenHeight":        p.Model.Screen[1],
		"homeScreenIconColumns":   4,
		"homeScreenIconDockMax":   4,
		"homeScreenIconFolderMax": 135,
		"homeScreenIconHeight":    iconSize,
		"homeScreenIconMaxPages":  15,
		"homeScreenIconRows":      6,
		"homeScreenIconWidth":     iconSize,
		"homeScreenWidth":         p.Model.Screen[0],
	}
}
