// Package scenarios is the language of scenarios, what runs them, and the
// built-in catalogue.
//
// # A scenario
//
// A scenario is one YAML file: who meets, what happens to them, and what must
// be seen on the wire by when.
//
//	id: usb/role-switch
//	title: The phone comes back as a host
//	role: phone
//	level: must
//	phone: {model: any}
//	script:
//	  - do plug
//	  - within 1s headunit > usb.request role switch result=ok
//	  - +0..500ms phone > usb detach
//	  - within 2s headunit > usb attach -- the gadget appears
//	never:
//	  - phone > iap2.control AuthenticationFailed
//	mutants:
//	  - name: the phone refuses the switch
//	    phone: {refuse_role_switch: true}
//	    fails: role switch
//
// The file is strict: unknown and repeated keys, anchors, aliases, merge keys
// and tags are refused, and an error shows the line with a caret. It is read
// into a [Scenario], a plain Go value that code may make as well. [Schema] is
// its JSON Schema.
//
// # A script
//
// A script is a list of steps, one line each; see [ParseStep].
//
//	do ACTION [ARGUMENT ...]          have the bench do something
//	send PATTERN                      put a frame on the wire
//	wait TIME                         let time pass
//	within TIME PATTERN               an event that fits comes in that time
//	+TIME PATTERN                     it comes exactly then
//	+TIME..TIME PATTERN               it comes between
//	repeat N within TIME PATTERN      N of them come in that time
//	repeat N +TIME PATTERN            N come, each so long after the one before
//	unordered within TIME: [PATTERN]  all of a list come, in any order
//	quiet TIME PATTERN                none comes for so long
//
// Times count from the end of the step before, on the world's clock. Events
// that fit no step are passed over, so that what must not come stands under
// never, or in a quiet. [Pattern] describes the patterns.
//
// # Verdicts
//
// The verdict comes from the events of the wire alone, never from an endpoint's
// own word: events of the layer "state", and of "state.lockdown" and its like, are
// refused in patterns. Each scenario
// names mutants, endpoints broken in the way that it exists to catch; it counts
// only if it fails with each. [Run] runs scenarios, or their mutants, on a
// [Bench]; package [github.com/plugfest/plugfest/scenarios/report] writes what
// came of them in the formats of CI systems.
package scenarios
