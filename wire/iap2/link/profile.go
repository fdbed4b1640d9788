package link

import "time"

// The profiles are configurations seen in the field.

// DefaultAccessory is what an accessory with the zero [Config] proposes: the
// limits and timers of [MH2pUSB] and one session of each type.
func DefaultAccessory() Config {
	return Config{Syn: terms(5, 4096, 2000, 100, 30, 3,
		Session{0x0a, SessionControl, 1}, Session{0x0b, SessionExternalAccessory, 1}, Session{0x0c, SessionFileTransfer, 2})}
}

// DJIGoggles is the accessory of a captured USB session: a control session only.
//
// Source: wllm-rbnt/third-eye capture.
func DJIGoggles() Config {
	return Config{Syn: terms(5, 1024, 2000, 20, 30, 5, Session{0x0a, SessionControl, 1})}
}

// CarkitZeroAck is wired CarPlay over the lockdown service: a reliable stream,
// so no acknowledgements; marker and SYN leave together.
//
// Source: redline-labs/digital_dashboard bring-up log, f-io/LIVI.
func CarkitZeroAck() Config {
	return Config{Eager: true, Syn: terms(4, 65535, 0, 0, 0, 0,
		Session{0x0a, SessionControl, 2}, Session{0x0b, SessionExternalAccessory, 1}, Session{0x0c, SessionFileTransfer, 2})}
}

// CarThing is a stock Bluetooth accessory.
//
// Source: JoeyEamigh/bridgething.
func CarThing() Config {
	return Config{Syn: terms(5, 2048, 6000, 3000, 30, 3,
		Session{1, SessionControl, 1}, Session{2, SessionFileTransfer, 2}, Session{3, SessionExternalAccessory, 1})}
}

// MH2pUSB has the limits and timers of a Porsche and Audi unit over USB. Its
// session table is not known; the one here is a common one.
//
// Source: joeyQuery/MHI2-Wireless-CarPlay.
func MH2pUSB() Config {
	return Config{Syn: terms(5, 4096, 2000, 100, 30, 3,
		Session{1, SessionControl, 1}, Session{2, SessionFileTransfer, 2}, Session{3, SessionExternalAccessory, 1})}
}

// MH2pBluetooth is the same unit over Bluetooth.
//
// Source: joeyQuery/MHI2-Wireless-CarPlay.
func MH2pBluetooth() Config {
	c := MH2pUSB()
	c.Syn.MaxLength = 2048
	c.Syn.RetransmitTimeout = 3000 * time.Millisecond
	c.Syn.AckTimeout = 700 * time.Millisecond
	return c
}

func terms(outstanding uint8, length uint16, retransmit, ack time.Duration, retries, cumulative uint8, s ...Session) Syn {
	return Syn{
		Version: 1, MaxOutstanding: outstanding, MaxLength: length,
		RetransmitTimeout: retransmit * time.Millisecond, AckTimeout: ack * time.Millisecond,
		MaxRetransmissions: retries, MaxCumulativeAcks: cumulative, Sessions: s,
	}
}
