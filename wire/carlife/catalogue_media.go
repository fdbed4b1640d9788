package carlife

import pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"

// mediaTable is channels 2 to 5.
//
// Source: Baidu CarLife vehicle library and head-unit application.
var mediaTable = []MessageInfo{
	{ID: MsgVideoData, Name: "VIDEO_DATA", From: FromMD, Kind: PayloadRaw, Note: "H.264 byte stream; the first is SPS, PPS and I-frame"},
	{ID: MsgVideoHeartbeat, Name: "VIDEO_HEARTBEAT", From: FromBoth},
	{ID: MsgMediaInit, Name: "MEDIA_INIT", From: FromMD, body: (*pb.CarlifeMusicInit)(nil)},
	{ID: MsgMediaStop, Name: "MEDIA_STOP", From: FromMD},
	{ID: MsgMediaPause, Name: "MEDIA_PAUSE", From: FromMD},
	{ID: MsgMediaResume, Name: "MEDIA_RESUME", From: FromMD},
	{ID: MsgMediaSeek, Name: "MEDIA_SEEK", From: FromMD, Note: "flush"},
	{ID: MsgMediaData, Name: "MEDIA_DATA", From: FromMD, Kind: PayloadRaw, Note: "PCM"},
	{ID: MsgTTSInit, Name: "TTS_INIT", From: FromMD, body: (*pb.CarlifeTTSInit)(nil)},
	{ID: MsgTTSStop, Name: "TTS_STOP", From: FromMD},
	{ID: MsgTTSData, Name: "TTS_DATA", From: FromMD, Kind: PayloadRaw, Note: "PCM"},
	{ID: MsgVRMicData, Name: "VR_MIC_DATA", From: FromHU, Kind: PayloadRaw, Note: "PCM 16 kHz 16 bit mono, timestamp 0"},
	{ID: MsgVRInit, Name: "VR_INIT", From: FromMD, body: (*pb.CarlifeTTSInit)(nil)},
	{ID: MsgVRData, Name: "VR_DATA", From: FromMD, Kind: PayloadRaw, Note: "PCM"},
	{ID: MsgVRStop, Name: "VR_STOP", From: FromMD},
	{ID: MsgVRInterrupt, Name: "VR_INTERRUPT", From: FromMD},
}

// touchTable is channel 6.
var touchTable = []MessageInfo{
	{ID: MsgTouchAction, Name: "TOUCH_ACTION", From: FromHU, body: (*pb.CarlifeTouchAction)(nil), Note: "transparent mode"},
	{ID: MsgTouchDown, Name: "TOUCH_DOWN", From: FromHU, body: (*pb.CarlifeTouchSinglePoint)(nil)},
	{ID: MsgTouchUp, Name: "TOUCH_UP", From: FromHU, body: (*pb.CarlifeTouchSinglePoint)(nil)},
	{ID: MsgTouchMove, Name: "TOUCH_MOVE", From: FromHU, body: (*pb.CarlifeTouchSinglePoint)(nil)},
	{ID: MsgTouchSingleClick, Name: "TOUCH_SINGLE_CLICK", From: FromHU, body: (*pb.CarlifeTouchSinglePoint)(nil)},
	{ID: MsgTouchDoubleClick, Name: "TOUCH_DOUBLE_CLICK", From: FromHU, body: (*pb.CarlifeTouchSinglePoint)(nil)},
	{ID: MsgTouchLongPress, Name: "TOUCH_LONG_PRESS", From: FromHU, body: (*pb.CarlifeTouchSinglePoint)(nil), Note: "the application sends it on show-press"},
	{ID: MsgTouchHardKey, Name: "TOUCH_HARD_KEY", From: FromHU, body: (*pb.CarlifeCarHardKeyCode)(nil)},
	{ID: MsgTouchUIActionSound, Name: "TOUCH_UI_ACTION_SOUND", From: FromMD},
	{ID: MsgTouchBegin, Name: "TOUCH_BEGIN", From: FromHU, body: (*pb.CarlifeTouchSinglePoint)(nil)},
}
