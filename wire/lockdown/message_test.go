package lockdown

import (
	"testing"

	"github.com/plugfest/plugfest/wire/plist"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What libimobiledevice 1.3.0 sends, in the words of libplist.
const getValue = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>ideviceinfo</string>
	<key>Key</key>
	<string>ProductVersion</string>
	<key>Request</key>
	<string>GetValue</string>
</dict>
</plist>
`

func TestParseRequest(t *testing.T) {
	r, err := ParseRequest([]byte(getValue), plist.Limits{})
	require.NoError(t, err)
	require.Equal(t, Request{Kind: GetValue, Label: "ideviceinfo", Key: "ProductVersion",
		Dict: map[string]any{"Label": "ideviceinfo", "Key": "ProductVersion", "Request": "GetValue"}}, r)
	require.Equal(t, `GetValue key="ProductVersion" label="ideviceinfo"`, r.String())
}

var somePEM = []byte("-----BEGIN")

// Every request with all that it can have.
var requests = []Request{
	{Kind: QueryType, Label: "idevicepair"},
	{Kind: GetValue},
	{Kind: GetValue, Domain: "com.apple.mobile.battery", Key: "BatteryIsCharging", ProtocolVersion: "2"},
	{Kind: SetValue, Key: "DeviceName", Value: "My Phone"},
	{Kind: SetValue, Domain: "com.apple.mobile.wireless_lockdown", Key: "EnableWifiConnections", Value: true},
	{Kind: RemoveValue, Domain: "com.apple.xcode.developerdomain", Key: "DeveloperStatus"},
	{Kind: Pair, ProtocolVersion: "2", PairRecord: &PairRecord{HostID: "H", SystemBUID: "B", RootCertificate: somePEM, HostCertificate: somePEM, DeviceCertificate: somePEM},
		Options: &PairingOptions{ExtendedPairingErrors: true}},
	{Kind: Pair, PairRecord: &PairRecord{HostID: "H", Extra: map[string]any{"HostName": "pc"}, WiFiMACAddress: "aa:bb", RootPrivateKey: somePEM},
		Options: &PairingOptions{true, []byte{1}, []byte{2}}},
	{Kind: Pair, Options: &PairingOptions{}},
	{Kind: ValidatePair, PairRecord: &PairRecord{HostID: "H"}},
	{Kind: Unpair, PairRecord: &PairRecord{HostID: "H"}},
	{Kind: StartSession, HostID: "H", SystemBUID: "B"},
	{Kind: StopSession, SessionID: "S"},
	{Kind: StartService, Service: ServiceAFC},
	{Kind: StartService, Service: ServiceMobileBackup2, EscrowBag: []byte{1, 2}},
	{Kind: EnterRecovery},
	{Kind: Activate, ActivationRecord: map[string]any{"unbrick": true}},
	{Kind: Deactivate},
	{Kind: Goodbye},
	{Kind: "SomethingNew", Label: "future"},
}

func TestRequestsRoundTrip(t *testing.T) {
	for _, want := range requests {
		b, err := want.AppendTo(nil)
		require.NoError(t, err)
		got, err := ParseRequest(one(t, b), plist.Limits{})
		require.NoError(t, err)
		require.Equal(t, string(want.Kind), got.Dict["Request"])
		got.Dict = nil
		require.Equal(t, want, got)
	}
}

var replies = []Reply{
	{Kind: QueryType, Type: TypeLockdown},
	{Kind: GetValue, Key: "ProductVersion", Value: "17.0"},
	{Kind: GetValue, Domain: "com.apple.mobile.battery", Value: map[string]any{"BatteryCurrentCapacity": uint64(80), "HasBattery": true}},
	{Kind: GetValue, Key: "WiFi", Error: MissingValue},
	{Kind: SetValue, Key: "DeviceName"},
	{Kind: Pair, EscrowBag: []byte{1}},
	{Kind: Pair, Error: PairingDialogResponsePending},
	{Kind: Pair, Error: MCChallengeRequired, PairingChallenge: []byte{7}},
	{Kind: StartSession, SessionID: "S", EnableSessionSSL: true},
	{Kind: StartSession, SessionID: "S"},
	{Kind: StopSession, Result: Success},
	{Kind: StartService, Service: ServiceAFC, Port: 49152, EnableServiceSSL: true},
	{Kind: StartService, Service: ServiceAFC, Port: 1},
	{Kind: Goodbye},
}

func TestRepliesRoundTrip(t *testing.T) {
	for _, f := range []plist.Format{plist.XML, plist.Binary} {
		for _, want := range replies {
			b, err := want.AppendTo(nil, f)
			require.NoError(t, err)
			list := one(t, b)
			require.Equal(t, f, plist.Detect(list))
			got, err := ParseReply(list, plist.Limits{})
			require.NoError(t, err)
			got.Dict = nil
			require.Equal(t, want, got)
		}
	}
}

// A reply has the fields of its kind and no others.
func TestReplyFields(t *testing.T) {
	for _, c := range []struct {
		reply Reply
		want  map[string]any
	}{
		{Reply{Kind: SetValue, Key: "k"}, map[string]any{"Request": "SetValue", "Key": "k"}},
		{Reply{Kind: StartSession, SessionID: "s"}, map[string]any{"Request": "StartSession", "SessionID": "s", "EnableSessionSSL": false}},
		{Reply{Kind: StartService, Service: "s", Port: 1}, map[string]any{"Request": "StartService", "Service": "s", "Port": uint64(1)}},
	} {
		b, err := c.reply.AppendTo(nil, plist.XML)
		require.NoError(t, err)
		got, err := plist.DecodeDict(one(t, b), plist.Limits{})
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
}

// The types that tools insist on: booleans, and a port that is an integer.
func TestReplyTypes(t *testing.T) {
	b, err := Reply{Kind: StartService, Service: "s", Port: 62000, EnableServiceSSL: true}.AppendTo(nil, plist.XML)
	require.NoError(t, err)
	require.Contains(t, string(b), "<key>EnableServiceSSL</key>\n\t\t<true/>")
	require.Contains(t, string(b), "<key>Port</key>\n\t\t<integer>62000</integer>")
	b, err = Reply{Kind: StartSession, SessionID: "s"}.AppendTo(nil, plist.XML)
	require.NoError(t, err)
	require.Contains(t, string(b), "<key>EnableSessionSSL</key>\n\t\t<false/>")
}

func TestTrap16RepliesEchoTheRequest(t *testing.T) {
	for _, c := range []struct {
		reply Reply
		to    Kind
		want  error
	}{
		{Reply{Kind: GetValue}, GetValue, nil},
		{Reply{}, GetValue, ErrEcho},
		{Reply{Kind: SetValue}, GetValue, ErrEcho},
		{Reply{Kind: ValidatePair}, Unpair, nil},
		{Reply{Kind: Unpair}, ValidatePair, ErrEcho},
		{Reply{Kind: Pair, Error: UserDeniedPairing}, Pair, UserDeniedPairing},
		{Reply{Kind: Pair, Result: Failure}, Pair, Error(Failure)},
		{Reply{Kind: StopSession, Result: Success}, StopSession, nil},
	} {
		assert.ErrorIs(t, c.reply.Err(c.to), c.want, "%+v", c.reply)
	}
	for _, r := range replies {
		b, err := r.AppendTo(nil, plist.XML)
		require.NoError(t, err)
		require.Contains(t, string(b), "<key>Request</key>\n\t\t<string>"+string(r.Kind)+"</string>")
	}
}

func doc(body string) []byte {
	return []byte(`<?xml version="1.0"?><plist version="1.0"><dict>` + body + "</dict></plist>")
}

func TestParseErrorsNameTheField(t *testing.T) {
	for _, c := range []struct {
		body, want string
		reply      bool
	}{
		{"", "lockdown: not a request: no Request", false},
		{"<key>Request</key><integer>1</integer>", "lockdown: request : plist: Request: is integer, want string", false},
		{"<key>Request</key><string>GetValue</string><key>Key</key><true/>", "lockdown: request GetValue: plist: Key: is boolean, want string", false},
		{"<key>Request</key><string>Pair</string><key>PairRecord</key><dict><key>HostID</key><data/></dict>", "lockdown: request Pair: plist: PairRecord.HostID: is data, want string", false},
		{"<key>Request</key><string>Pair</string><key>PairRecord</key><array/>", "lockdown: request Pair: plist: PairRecord: is array, want dictionary", false},
		{"<key>Request</key><string>Pair</string><key>PairingOptions</key><dict><key>ExtendedPairingErrors</key><integer>1</integer></dict>", "lockdown: request Pair: plist: PairingOptions.ExtendedPairingErrors: is integer, want boolean", false},
		{"<key>Request</key><string>StartService</string><key>Port</key><integer>70000</integer>", "lockdown: reply to StartService: plist: Port: is 70000, want 1 to 65535", true},
		{"<key>Request</key><string>StartService</string><key>EnableServiceSSL</key><integer>1</integer>", "lockdown: reply to StartService: plist: EnableServiceSSL: is integer, want boolean", true},
		{"<key>Request</key><string>Pair</string><key>ExtendedResponse</key><dict><key>PairingChallenge</key><string/></dict>", "lockdown: reply to Pair: plist: ExtendedResponse.PairingChallenge: is string, want data", true},
	} {
		var err error
		if c.reply {
			_, err = ParseReply(doc(c.body), plist.Limits{})
		} else {
			_, err = ParseRequest(doc(c.body), plist.Limits{})
		}
		assert.EqualError(t, err, c.want)
	}
	_, err := ParseRequest([]byte("{}"), plist.Limits{})
	assert.ErrorIs(t, err, plist.ErrFormat)
	_, err = ParseReply([]byte(getValue), plist.Limits{Size: 10})
	assert.ErrorIs(t, err, plist.ErrLimit)
	_, err = ParsePairRecord([]byte("bplist00"), plist.Limits{})
	assert.ErrorIs(t, err, plist.ErrSyntax)
}

// A line for logs tells no secrets.
func TestStrings(t *testing.T) {
	for _, c := range []struct{ want, got string }{
		{`StartService service="com.apple.afc"`, Request{Kind: StartService, Service: ServiceAFC, EscrowBag: []byte("secret")}.String()},
		{`StartSession host="H"`, Request{Kind: StartSession, HostID: "H"}.String()},
		{`StopSession session="S"`, Request{Kind: StopSession, SessionID: "S"}.String()},
		{`GetValue: MissingValue`, Reply{Kind: GetValue, Error: MissingValue}.String()},
		{`GetValue domain="d" key="k" value=data`, Reply{Kind: GetValue, Domain: "d", Key: "k", Value: []byte("secret")}.String()},
		{`StartService service="s" port=5 tls`, Reply{Kind: StartService, Service: "s", Port: 5, EnableServiceSSL: true}.String()},
		{`StopSession result="Success"`, Reply{Kind: StopSession, Result: Success}.String()},
		{`QueryType type="t"`, Reply{Kind: QueryType, Type: "t"}.String()},
	} {
		assert.Equal(t, c.want, c.got)
	}
}
