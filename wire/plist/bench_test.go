package plist

import "testing"

// What the guard costs, and what decoding costs with it.
func BenchmarkCheck(b *testing.B) {
	binary := benchDoc(b, Binary)
	xml := benchDoc(b, XML)
	for _, c := range []struct {
		name string
		doc  []byte
		work func([]byte, Limits) error
	}{
		{"check/binary", binary, func(d []byte, l Limits) error { _, err := Check(d, l); return err }},
		{"check/xml", xml, func(d []byte, l Limits) error { _, err := Check(d, l); return err }},
		{"decode/binary", binary, func(d []byte, l Limits) error { _, err := Decode(d, l); return err }},
		{"decode/xml", xml, func(d []byte, l Limits) error { _, err := Decode(d, l); return err }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.doc)))
			b.ReportAllocs()
			for b.Loop() {
				if err := c.work(c.doc, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// benchDoc is as long as lockdown's answer to GetValue of everything.
func benchDoc(b *testing.B, f Format) []byte {
	values := map[string]any{}
	for _, key := range []string{"DeviceName", "ProductType", "BuildVersion", "SerialNumber", "UniqueDeviceID", "WiFiAddress"} {
		for _, end := range []string{"", "2", "3", "4", "5", "6", "7", "8", "9"} {
			values[key+end] = map[string]any{"Value": "00008101-000A1B2C3D4E001E", "Number": 12345, "Known": true, "Key": make([]byte, 64)}
		}
	}
	doc, err := Append(nil, f, values)
	if err != nil {
		b.Fatal(err)
	}
	return doc
}
