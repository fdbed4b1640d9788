package pcap

import "strings"

// describe puts the names of both ends of a bus into an interface's
// description.
func describe(host, device string) string {
	if host == "" && device == "" {
		return ""
	}
	return "host=" + escape(host) + " device=" + escape(device)
}

// names reads them back; ok is false for the description of somebody else's.
func names(description string) (host, device string, ok bool) {
	h, d, found := strings.Cut(description, " ")
	h, isHost := strings.CutPrefix(h, "host=")
	d, isDevice := strings.CutPrefix(d, "device=")
	return unescape(h), unescape(d), found && isHost && isDevice
}

var (
	escapes   = strings.NewReplacer("%", "%25", " ", "%20")
	unescapes = strings.NewReplacer("%25", "%", "%20", " ")
)

func escape(s string) string   { return escapes.Replace(s) }
func unescape(s string) string { return unescapes.Replace(s) }
