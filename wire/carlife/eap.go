package carlife

// External Accessory protocol names under which an iPhone app is reached. Keep
// the name configurable: stacks differ.
//
// Source: a published developer's account of CarLife over iPhone USB, and two
// published Linux gadget drivers.
const (
	// EAProtocol is the native-transport name; it is the interface string of
	// the EAP interface too.
	EAProtocol = "com.baidu.CarLifeVehicleProtocol"
	// EAProtocolSession is what a stack without native transport uses, with
	// its data in iAP2 External Accessory sessions.
	EAProtocolSession = "com.baidu.lbs.CarLife"
)
