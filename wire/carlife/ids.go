package carlife

// Message ids. The numbers skip: 0x29 is followed by 0x30, 0x39 by 0x40 and
// 0x59 by 0x6A, so they stand in a table and are never computed.
//
// Source: Baidu CarLife vehicle library and head-unit application.
const (
	// Command channel: set-up.
	MsgHUProtocolVersion          ID = 0x00018001
	MsgProtocolVersionMatchStatus ID = 0x00010002
	MsgHUInfo                     ID = 0x00018003
	MsgMDInfo                     ID = 0x00010004
	MsgHUBTPairInfo               ID = 0x00018005
	MsgMDBTPairInfo               ID = 0x00010006
	MsgVideoEncoderInit           ID = 0x00018007
	MsgVideoEncoderInitDone       ID = 0x00010008
	MsgVideoEncoderStart          ID = 0x00018009
	MsgVideoEncoderPause          ID = 0x0001800A
	MsgVideoEncoderReset          ID = 0x0001800B
	MsgVideoEncoderFrameRate      ID = 0x0001800C
	MsgVideoEncoderFrameRateDone  ID = 0x0001000D
	MsgPauseMedia                 ID = 0x0001800E
	MsgCarVelocity                ID = 0x0001800F
	MsgCarGPS                     ID = 0x00018010
	MsgCarGyroscope               ID = 0x00018011
	MsgCarAcceleration            ID = 0x00018012
	MsgCarOil                     ID = 0x00018013
	MsgTelStateIncoming           ID = 0x00010014
	MsgTelStateOutgoing           ID = 0x00010015
	MsgTelStateIdle               ID = 0x00010016
	MsgTelStateInCall             ID = 0x00010017
	MsgScreenOn                   ID = 0x00010018
	MsgScreenOff                  ID = 0x00010019
	MsgScreenUserPresent          ID = 0x0001001A
	MsgForeground                 ID = 0x0001001B
	MsgBackground                 ID = 0x0001001C
	MsgLaunchModeNormal           ID = 0x0001801D
	MsgLaunchModePhone            ID = 0x0001801E
	MsgLaunchModeMap              ID = 0x0001801F
	MsgLaunchModeMusic            ID = 0x00018020
	MsgGoToDesktop                ID = 0x00010021
	MsgMicRecordWakeupStart       ID = 0x00010022
	MsgMicRecordEnd               ID = 0x00010023
	MsgMicRecordRecogStart        ID = 0x00010024
	MsgGoToForeground             ID = 0x00018025
	MsgModuleStatus               ID = 0x00010026
	MsgStatisticInfo              ID = 0x00018027
	MsgModuleControl              ID = 0x00018028
	MsgCarGear                    ID = 0x00018029
	MsgNaviNextTurn               ID = 0x00010030
	MsgCarDataSubscribe           ID = 0x00010031
	MsgCarDataSubscribeDone       ID = 0x00018032
	MsgCarDataSubscribeStart      ID = 0x00010033
	MsgCarDataSubscribeStop       ID = 0x00010034
	MsgMediaInfo                  ID = 0x00010035
	MsgMediaProgressBar           ID = 0x00010036
	MsgConnectException           ID = 0x00010037
	MsgRequestGoToForeground      ID = 0x00010038
	MsgUIActionSound              ID = 0x00010039
	MsgBTHfpRequest               ID = 0x00010040
	MsgBTHfpIndication            ID = 0x00018041
	MsgBTHfpConnection            ID = 0x00018042
	MsgCarlifeDataSubscribe       ID = 0x00018043
	MsgCarlifeDataSubscribeDone   ID = 0x00010044
	MsgCarlifeDataSubscribeStart  ID = 0x00018045
	MsgCarlifeDataSubscribeStop   ID = 0x00018046
	MsgNaviAssistantGuide         ID = 0x00010047
	MsgHUAuthenRequest            ID = 0x00018048
	MsgMDAuthenResponse           ID = 0x00010049
	MsgHUAuthenResult             ID = 0x0001804A
	MsgMDAuthenResult             ID = 0x0001004B
	MsgGoToForegroundResponse     ID = 0x0001004C
	MsgStartBTAutopairRequest     ID = 0x0001004D
	MsgBTHfpResponse              ID = 0x0001804E
	MsgBTHfpStatusRequest         ID = 0x0001004F
	MsgBTHfpStatusResponse        ID = 0x00018050
	MsgMDFeatureConfigRequest     ID = 0x00010051
	MsgHUFeatureConfigResponse    ID = 0x00018052
	MsgBTStartIdentifyReq         ID = 0x00018053
	MsgBTIdentifyResultInd        ID = 0x00010054
	MsgErrorCode                  ID = 0x00018055
	MsgVideoEncoderJPEG           ID = 0x00018056
	MsgVideoEncoderJPEGAck        ID = 0x00010057
	MsgBTHfpCallStatusCover       ID = 0x00010058
	MsgMDExit                     ID = 0x00010059
	MsgMDRSAPublicKeyRequest      ID = 0x0001006A
	MsgHURSAPublicKeyResponse     ID = 0x0001806B
	MsgMDAESKeySendRequest        ID = 0x0001006C
	MsgHUAESRecResponse           ID = 0x0001806D
	MsgMDEncryptReady             ID = 0x0001006E

	// Video, media, TTS, VR.
	MsgVideoData      ID = 0x00020001
	MsgVideoHeartbeat ID = 0x00020002
	MsgMediaInit      ID = 0x00030001
	MsgMediaStop      ID = 0x00030002
	MsgMediaPause     ID = 0x00030003
	MsgMediaResume    ID = 0x00030004
	MsgMediaSeek      ID = 0x00030005
	MsgMediaData      ID = 0x00030006
	MsgTTSInit        ID = 0x00040001
	MsgTTSStop        ID = 0x00040002
	MsgTTSData        ID = 0x00040003
	MsgVRMicData      ID = 0x00058001
	MsgVRInit         ID = 0x00050002
	MsgVRData         ID = 0x00050003
	MsgVRStop         ID = 0x00050004
	MsgVRInterrupt    ID = 0x00050006

	// Touch.
	MsgTouchAction        ID = 0x00068001
	MsgTouchDown          ID = 0x00068002
	MsgTouchUp            ID = 0x00068003
	MsgTouchMove          ID = 0x00068004
	MsgTouchSingleClick   ID = 0x00068005
	MsgTouchDoubleClick   ID = 0x00068006
	MsgTouchLongPress     ID = 0x00068007
	MsgTouchHardKey       ID = 0x00068008
	MsgTouchUIActionSound ID = 0x00060009
	MsgTouchBegin         ID = 0x0006800A
)

// Ids that the C++ library uses for two messages of the head unit although bit
// 15 is clear. They are accepted beside the rule-abiding ones.
const (
	MsgCarGearBare              ID = 0x00010029
	MsgCarDataSubscribeDoneBare ID = 0x00010032
)
