package carlife

import pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"

// Feature keys of HU_FEATURE_CONFIG_RESPONSE.
//
// Source: Baidu CarLife head-unit application.
const (
	FeatureVoiceWakeup           = "VOICE_WAKEUP"            // 0, 1
	FeatureBluetoothAutoPair     = "BLUETOOTH_AUTO_PAIR"     // 0, 1
	FeatureBluetoothInternalUI   = "BLUETOOTH_INTERNAL_UI"   // 0, 1
	FeatureFocusUI               = "FOCUS_UI"                // 0, 1
	FeatureVoiceMic              = "VOICE_MIC"               // 0 car, 1 phone, 2 none
	FeatureMediaSampleRate       = "MEDIA_SAMPLE_RATE"       // 0 as the phone, 1 48 kHz
	FeatureAudioTransmissionMode = "AUDIO_TRANSMISSION_MODE" // 0 own channel, 1 Bluetooth
	FeatureContentEncryption     = "CONTENT_ENCRYPTION"      // 0, 1
	FeatureEngineType            = "ENGINE_TYPE"             // 0 petrol, 1 electric
	FeatureInputDisable          = "INPUT_DISABLE"           // 0, 1
)

// Feature is one key with its value.
type Feature struct {
	Key   string
	Value int32
}

// SampleFeatures returns the ten features in the order in which the head-unit
// application sends them, with the values of its sample configuration where
// that is known (wake-up and encryption on) and zero elsewhere.
func SampleFeatures() []Feature {
	return []Feature{
		{FeatureVoiceWakeup, 1},
		{FeatureBluetoothAutoPair, 0},
		{FeatureBluetoothInternalUI, 0},
		{FeatureFocusUI, 0},
		{FeatureVoiceMic, 0},
		{FeatureMediaSampleRate, 0},
		{FeatureAudioTransmissionMode, 0},
		{FeatureContentEncryption, 1},
		{FeatureEngineType, 0},
		{FeatureInputDisable, 0},
	}
}

// featureList turns fs into the payload message.
func featureList(fs []Feature) *pb.CarlifeFeatureConfigList {
	cnt := int32(len(fs))
	l := &pb.CarlifeFeatureConfigList{Cnt: &cnt}
	for _, f := range fs {
		l.FeatureConfig = append(l.FeatureConfig, &pb.CarlifeFeatureConfig{Key: &f.Key, Value: &f.Value})
	}
	return l
}

// features turns a payload message back.
func features(l *pb.CarlifeFeatureConfigList) []Feature {
	fs := make([]Feature, 0, len(l.GetFeatureConfig()))
	for _, f := range l.GetFeatureConfig() {
		fs = append(fs, Feature{f.GetKey(), f.GetValue()})
	}
	return fs
}

// featureValue finds key in fs; zero if absent, as an old head unit would mean.
func featureValue(fs []Feature, key string) int32 {
	for _, f := range fs {
		if f.Key == key {
			return f.Value
		}
	}
	return 0
}
