package carlifepb

import (
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The schema against a table of facts that was not made from it.
func TestFieldsAgainstFacts(t *testing.T) {
	b, err := os.ReadFile("../testdata/fields.txt")
	require.NoError(t, err)
	var want []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			want = append(want, line)
		}
	}
	assert.Len(t, want, 213)

	labels := map[protoreflect.Cardinality]string{protoreflect.Required: "r", protoreflect.Optional: "o", protoreflect.Repeated: "*"}
	var got []string
	msgs := File_wire_carlife_carlifepb_carlife_proto.Messages()
	assert.Equal(t, 57, msgs.Len())
	for i := range msgs.Len() {
		m := msgs.Get(i)
		assert.Equal(t, protoreflect.FullName("com.baidu.carlife.protobuf"), m.Parent().FullName())
		name, ok := strings.CutPrefix(string(m.Name()), "Carlife")
		assert.True(t, ok, "%s lacks the prefix", m.Name())
		for j := range m.Fields().Len() {
			f := m.Fields().Get(j)
			typ := f.Kind().String()
			switch f.Kind() {
			case protoreflect.MessageKind:
				typ = strings.TrimPrefix(string(f.Message().Name()), "Carlife")
			case protoreflect.EnumKind:
				typ = string(f.Enum().Name())
			}
			got = append(got, fmt.Sprintf("%s: %d %s %s %s", name, f.Number(), f.Name(), typ, labels[f.Cardinality()]))
		}
	}
	sort.Strings(want)
	sort.Strings(got)
	assert.Equal(t, want, got)
}

func TestCallRecordTypes(t *testing.T) {
	assert.Equal(t, map[int32]string{0: "DEFAULT", 1: "INCOMING", 2: "OUTGOING", 3: "MISSED"}, CarlifeCallRecords_CallRecordsType_name)
}
