package carlife

import (
	"testing"
	"time"

	pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

// Users of the C++ library: version and encoder init at once, start 2 s later.
func TestLibraryOrder(t *testing.T) {
	b := newPair(t, PhoneOptions{Profile: ProfileCppLib}, VehicleOptions{Profile: ProfileCppLib, Connection: ConnectionAOA}).connect()
	assert.Equal(t, []string{"hu 00018001", "hu 00018007", "md 00010002", "md 00010008"}, b.ids())
	assert.Equal(t, []EncoderReady{{768, 480, 30}}, all[EncoderReady](b.vev))
	assert.False(t, b.v.Started())
	b.run(LibraryStartDelay)
	assert.Equal(t, []time.Duration{2 * time.Second}, b.times("hu", MsgVideoEncoderStart))
	assert.True(t, b.v.Started())
	require.NoError(t, b.p.SendFrame(b.now, keyFrame(t)))
	b.pump()
	assert.Len(t, frames(b.vev), 1)
	assert.Empty(t, append(rules(b.pev), rules(b.vev)...))
}

// The library does not look whether the encoder is ready.
func TestLibraryStartsAnEncoderThatIsNotReady(t *testing.T) {
	b := newPair(t, PhoneOptions{Profile: ProfileCppLib, InitDelay: 5 * time.Second}, VehicleOptions{Profile: ProfileCppLib}).connect().run(10 * time.Second)
	assert.Equal(t, []Rule{RuleStartBeforeDone}, rules(b.pev))
	assert.Len(t, all[Started](b.pev), 1)
	assert.Len(t, all[EncoderReady](b.vev), 1)
}

// Car data is asked for in the shape that the head unit parses; in the other
// shape the head unit is told, where it can be seen at all.
func TestCarDataByProfile(t *testing.T) {
	infos := []*pb.CarlifeVehicleInfo{
		{ModuleID: proto.Int32(int32(CarDataGPS)), Flag: proto.Int32(1), Frequency: proto.Int32(1)},
		{ModuleID: proto.Int32(int32(CarDataVelocity)), Flag: proto.Int32(1), Frequency: proto.Int32(10)},
	}
	ask := func(phone, vehicle Profile, start bool) *pair {
		b := newPair(t, PhoneOptions{Profile: phone}, VehicleOptions{Profile: vehicle, Connection: ConnectionAOA}).connect().run(3 * time.Second)
		require.NoError(t, b.p.RequestCarData(b.now, start, infos...))
		b.pump()
		return b
	}
	for _, start := range []bool{true, false} {
		b := ask(ProfileHUApp, ProfileHUApp, start)
		got := all[CarDataRequest](b.vev)
		require.Len(t, got, 2, "one message each")
		assert.Equal(t, start, got[0].Start)
		assert.Equal(t, int32(10), got[1].Infos[0].GetFrequency())
		assert.Empty(t, rules(b.vev))

		b = ask(ProfileCppLib, ProfileCppLib, start)
		got = all[CarDataRequest](b.vev)
		require.Len(t, got, 1, "one list")
		require.Len(t, got[0].Infos, 2)
		assert.Equal(t, start, got[0].Start)
		assert.Equal(t, int32(10), got[0].Infos[1].GetFrequency())
		assert.Empty(t, rules(b.vev))
	}
	assert.Equal(t, []Rule{RuleProfile}, rules(ask(ProfileCppLib, ProfileHUApp, true).vev))
	assert.Equal(t, []Rule{RuleProfile, RuleProfile}, rules(ask(ProfileHUApp, ProfileCppLib, true).vev))
}

// The library knows no key exchange: it neither answers nor fails.
func TestLibraryIgnoresKeyExchange(t *testing.T) {
	b := newPair(t, PhoneOptions{Profile: ProfileCppLib}, VehicleOptions{Profile: ProfileCppLib}).connect().run(3 * time.Second)
	require.NoError(t, b.p.Send(b.now, MsgMDRSAPublicKeyRequest, nil))
	require.NoError(t, b.p.Send(b.now, MsgMDAESKeySendRequest, &pb.CarlifeMdAesKeyRequest{AesKey: proto.String("x")}))
	n := len(b.times("hu", MsgHURSAPublicKeyResponse))
	b.pump()
	assert.Equal(t, n, len(b.times("hu", MsgHURSAPublicKeyResponse)))
	assert.False(t, b.v.Encrypted())
	assert.Empty(t, rules(b.vev))
}
