package carlife

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"
)

// Our bytes, read by protobuf's own C++ implementation: protoc decodes them by
// the schema, and what it prints, read back, is what we meant.
func TestBodiesAgainstProtoc(t *testing.T) {
	protoc, err := exec.LookPath("protoc")
	if err != nil {
		t.Skip("no protoc on PATH (Debian package protobuf-compiler): the cross-check of the protobuf encoding needs it")
	}
	// Every message of the schema, those without an id too.
	msgs := pb.File_wire_carlife_carlifepb_carlife_proto.Messages()
	for i := range msgs.Len() {
		name := msgs.Get(i).FullName()
		t.Run(string(msgs.Get(i).Name()), func(t *testing.T) {
			for seed := range 2 {
				want := rapid.Custom(func(t *rapid.T) proto.Message {
					m := newByName(string(name))
					fill(t, m.ProtoReflect())
					return m
				}).Example(seed)
				wire, err := proto.Marshal(want)
				require.NoError(t, err)
				cmd := exec.Command(protoc, "-I", "carlifepb", "--decode", string(name), "carlife.proto")
				cmd.Stdin = bytes.NewReader(wire)
				var stderr strings.Builder
				cmd.Stderr = &stderr
				text, err := cmd.Output()
				require.NoError(t, err, stderr.String())
				got := newByName(string(name))
				require.NoError(t, prototext.Unmarshal(text, got), "%s", text)
				assert.True(t, proto.Equal(want, got), "want %v\n got %v", want, got)
			}
		})
	}
}

// protoc, too, refuses a message that lacks a required field.
func TestProtocRefusesMissingField(t *testing.T) {
	protoc, err := exec.LookPath("protoc")
	if err != nil {
		t.Skip("no protoc on PATH (Debian package protobuf-compiler)")
	}
	cmd := exec.Command(protoc, "-I", "carlifepb", "--decode", "com.baidu.carlife.protobuf.CarlifeProtocolVersion", "carlife.proto")
	cmd.Stdin = bytes.NewReader([]byte{8, 1})
	out, _ := cmd.CombinedOutput()
	assert.Contains(t, string(out), "minorVersion")
}
