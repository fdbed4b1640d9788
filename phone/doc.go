// Package phone is the simulated iPhone: a USB device that can become a USB
// host, the device side of iAP2, and the apps that talk to an accessory.
//
// [New] makes a phone from a [Persona]; [Phone.Start] plugs it in. What a phone
// is and does is data: the personas embedded here, or a file of the user's own,
// name a model, its iOS, its capabilities and timings, and where it departs
// from a good one.
//
// # What it does with an accessory
//
// As a USB host it authenticates and identifies the accessory, in the order
// that the version of the control session asks for. Then it tells what the
// accessory has subscribed to (power, calls, network, now playing with artwork,
// route guidance, device notifications), asks for what the accessory offers
// (position, vehicle, Wi-Fi, CarPlay), and lets apps open External Accessory
// sessions, inside the link or on the native transport. It sends and honours
// only messages that the accessory has listed. A link that is reset starts from
// the beginning.
//
// # What it does with a computer
//
// As a USB device it shows the configurations of its mode, 1 to 5, speaks usbmux on
// their interface for it, and hands connections to what answers on its ports
// ([Phone.SetPorts]): lockdownd, and CarLife apps in the foreground. Its network
// functions answer, and have no carrier. A head unit may come by this way, too: over
// the ports of the CarLife app, or over a service of lockdownd ([Phone.ServeUSB]).
//
// A phone meets an accessory only through usb.Port, as a peripheral, and
// usb.Host, after the role switch. It cannot tell a simulated head unit from a
// real one.
package phone
