package carlife

// onVideo takes the path of the published decoder: parameter sets first, then
// an I-frame, and everything before is thrown away.
func (v *Vehicle) onVideo(m Message) {
	if len(m.Payload) == 0 { // any empty video message is a heartbeat there
		v.emit(Heartbeat{m.Timestamp})
		return
	}
	if !v.started {
		v.violate(RuleVideoBeforeStart, m.ID, "%d bytes", len(m.Payload))
		return
	}
	kind := VideoOther
	if !v.playing {
		if kind = ClassifyVideo(m.Payload); !v.firstFrame(kind) {
			return
		}
		v.playing = true
		v.expect("")
	}
	f := v.frames.new()
	*f = Frame{m.Timestamp, kind, m.Payload}
	v.emit(f)
}

// firstFrame reports whether decoding can begin with this payload.
func (v *Vehicle) firstFrame(kind VideoStart) bool {
	if kind == VideoParamsIDR {
		return true
	}
	waiting := v.start == VideoParams // has parameter sets, lacks an I-frame
	if waiting && kind == VideoIDR {
		return true
	}
	v.violate(RuleFirstFrame, MsgVideoData, "begins with %s, must be %s", kind, VideoParamsIDR)
	if kind == VideoParams {
		v.start = VideoParams
	}
	return false
}

func (v *Vehicle) onAudioInit(m Message, rate, channels, bits int32) {
	if rate <= 0 || channels <= 0 || bits <= 0 {
		v.violate(RuleBody, m.ID, "%d Hz, %d channels, %d bit", rate, channels, bits)
		return
	}
	s := streamOf(m.ID)
	v.init[s] = true
	v.emit(AudioInit{s, AudioFormat{int(rate), int(channels), int(bits)}})
}

func (v *Vehicle) onAudio(m Message) {
	s := streamOf(m.ID)
	if !v.init[s] {
		v.violate(RuleAudioBeforeInit, m.ID, "taken as %s", s.DefaultFormat())
		v.init[s] = true // say it once
		v.emit(AudioInit{s, s.DefaultFormat()})
	}
	a := v.sounds.new()
	*a = AudioData{s, m.Timestamp, m.Payload}
	v.emit(a)
}
