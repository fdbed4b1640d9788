package carlife

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Source: Baidu CarLife vehicle library and head-unit application.
func TestChannelPortsAndHeaders(t *testing.T) {
	tests := []struct {
		ch     Channel
		id     uint32
		name   string
		ports  Ports
		header int
	}{
		{ChannelCommand, 1, "command", Ports{HU: 7200, MD: 7240, USBMux: 7210}, 8},
		{ChannelVideo, 2, "video", Ports{HU: 8200, MD: 8240, USBMux: 8210}, 12},
		{ChannelMedia, 3, "media", Ports{HU: 9200, MD: 9240, USBMux: 9210}, 12},
		{ChannelTTS, 4, "tts", Ports{HU: 9201, MD: 9241, USBMux: 9211}, 12},
		{ChannelVR, 5, "vr", Ports{HU: 9202, MD: 9242, USBMux: 9212}, 12},
		{ChannelTouch, 6, "touch", Ports{HU: 9300, MD: 9340, USBMux: 9310}, 8},
	}
	for i, tt := range tests {
		assert.Equal(t, tt.id, uint32(tt.ch))
		assert.Equal(t, tt.ch, Channels[i], "connection order")
		assert.Equal(t, tt.name, tt.ch.String())
		assert.Equal(t, tt.ports, tt.ch.Ports())
		assert.Equal(t, tt.header, tt.ch.HeaderLen(), tt.name)
		assert.Equal(t, tt.header == 8, tt.ch.Short(), tt.name)
		assert.True(t, tt.ch.Valid())
		for _, p := range []uint16{tt.ports.HU, tt.ports.MD, tt.ports.USBMux} {
			got, ok := ChannelByPort(p)
			assert.True(t, ok)
			assert.Equal(t, tt.ch, got, "port %d", p)
		}
	}
	_, ok := ChannelByPort(7999)
	assert.False(t, ok, "the discovery port belongs to no channel")
}

func TestUnknownChannels(t *testing.T) {
	for _, c := range []Channel{0, 7, 1 << 31} {
		assert.False(t, c.Valid())
		assert.False(t, c.Short())
		assert.Zero(t, c.Ports())
	}
	assert.Equal(t, "channel 7", Channel(7).String())
}

func TestIDLayout(t *testing.T) {
	tests := []struct {
		id     ID
		ch     Channel
		fromHU bool
		number uint16
		text   string
	}{
		{0x00018001, ChannelCommand, true, 1, "HU_PROTOCOL_VERSION"},
		{0x00010002, ChannelCommand, false, 2, "PROTOCOL_VERSION_MATCH_STATUS"},
		{0x00058001, ChannelVR, true, 1, "VR_MIC_DATA"},
		{0x0006800A, ChannelTouch, true, 10, "TOUCH_BEGIN"},
		{0x0001007F, ChannelCommand, false, 127, "0001007F"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.ch, tt.id.Channel())
		assert.Equal(t, tt.fromHU, tt.id.FromHU())
		assert.Equal(t, tt.number, tt.id.Number())
		assert.Equal(t, tt.text, tt.id.String())
	}
}
