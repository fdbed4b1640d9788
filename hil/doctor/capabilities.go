package doctor

// An examination is a capability and what it takes.
type examination struct {
	name, title string
	looks       []look
}

// A look finds out about something.
type look func(Machine) []Finding

// examinations is all that this package knows of Plugfest's needs.
var examinations = []examination{
	{"lab", "run commands under a real kernel in a virtual machine", []look{
		virtualMachine,
		acceleration,
	}},
	{"usbip", "attach what Plugfest exports over USB/IP to this kernel", []look{
		module("vhci_hcd"),
		program("usbip", "usbip"),
		right("sys/devices/platform/vhci_hcd.0/attach", "as root: sudo usbip attach ...").ifThere(),
	}},
	{"usbip-export", "export this machine's USB devices, for Plugfest to import", []look{
		module("usbip_host"),
		program("usbipd", "usbip"),
	}},
	{"libusb", "use this machine's USB devices", []look{
		libusbTag,
		library("libusb-1.0.so.0", "libusb-1.0-0"),
		usbDevices,
	}},
	{"gadget", "be a USB device on a port of this machine", []look{
		module("libcomposite"),
		module("usb_f_fs"),
		mount("configfs", "sys/kernel/config", "mount -t configfs none /sys/kernel/config"),
		right("sys/kernel/config/usb_gadget", "as root: sudo plugfest ...").ifThere(),
		controllers,
	}},
	{"kernel", "run scenarios on this machine's kernel: run --carrier kernel:", []look{
		module("vhci_hcd"),
		right("sys/devices/platform/vhci_hcd.0/attach", "as root: sudo plugfest ...").ifThere(),
		libusbTag,
		library("libusb-1.0.so.0", "libusb-1.0-0"),
		module("libcomposite"),
		module("usb_f_fs"),
		alternates,
		mount("configfs", "sys/kernel/config", "mount -t configfs none /sys/kernel/config"),
		controllers,
		module("i2c_dev"),
		module("i2c_tiny_usb"),
	}},
	{"i2c", "use an authentication chip on an I2C bus", []look{
		module("i2c_dev"),
		i2cBuses,
		program("i2cdetect", "i2c-tools").optional(),
	}},
	{"muxd", "reach real iPhones through this machine's usbmuxd", []look{
		program("usbmuxd", "usbmuxd"),
		socket("run/usbmuxd", "systemctl start usbmuxd"), // takes the phone from --host usb:, as hardware.md says
	}},
	{"tools", "talk to phones with programs that are not ours", []look{
		program("idevice_id", "libimobiledevice-utils"),
		program("ideviceinstaller", "ideviceinstaller").optional(),
		program("ifuse", "ifuse").optional(),
		program("lsusb", "usbutils").optional(),
	}},
	{"capture", "record this machine's USB traffic and look at captures", []look{
		module("usbmon"),
		usbmonDevices,
		program("tshark", "tshark"),
	}},
}
