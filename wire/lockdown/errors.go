package lockdown

// Error is an error string of a reply. Tools know them by these names; what they
// do not know they show as an unknown error.
//
// Source: libimobiledevice, include/libimobiledevice/lockdown.h.
type Error string

// Error strings.
const (
	InvalidResponse                     Error = "InvalidResponse"
	MissingKey                          Error = "MissingKey"
	MissingValue                        Error = "MissingValue" // GetValue of a key that is not there
	GetProhibited                       Error = "GetProhibited"
	SetProhibited                       Error = "SetProhibited"
	RemoveProhibited                    Error = "RemoveProhibited"
	ImmutableValue                      Error = "ImmutableValue"
	PasswordProtected                   Error = "PasswordProtected"            // Pair and StartService while locked
	UserDeniedPairing                   Error = "UserDeniedPairing"            // "Don't Trust"
	PairingDialogResponsePending        Error = "PairingDialogResponsePending" // the dialog is on the screen
	MissingHostID                       Error = "MissingHostID"
	InvalidHostID                       Error = "InvalidHostID" // not paired
	SessionActive                       Error = "SessionActive"
	SessionInactive                     Error = "SessionInactive"
	MissingSessionID                    Error = "MissingSessionID"
	InvalidSessionID                    Error = "InvalidSessionID"
	MissingService                      Error = "MissingService"
	InvalidService                      Error = "InvalidService"
	ServiceLimit                        Error = "ServiceLimit"
	MissingPairRecord                   Error = "MissingPairRecord"
	SavePairRecordFailed                Error = "SavePairRecordFailed"
	InvalidPairRecord                   Error = "InvalidPairRecord"
	InvalidActivationRecord             Error = "InvalidActivationRecord"
	MissingActivationRecord             Error = "MissingActivationRecord"
	ServiceProhibited                   Error = "ServiceProhibited"
	EscrowLocked                        Error = "EscrowLocked"
	PairingProhibitedOverThisConnection Error = "PairingProhibitedOverThisConnection" // over Wi-Fi
	FMiPProtected                       Error = "FMiPProtected"
	MCProtected                         Error = "MCProtected"
	MCChallengeRequired                 Error = "MCChallengeRequired" // supervised, by another host

	// Without a number in libimobiledevice.
	InvalidRequest    Error = "InvalidRequest"    // no such request
	InvalidConnection Error = "InvalidConnection" // pymobiledevice3 knows it
)

// UnknownCode is libimobiledevice's number for a string that it does not know.
const UnknownCode = -256

// ErrorStrings lists the strings that libimobiledevice knows, in the order of
// their numbers, from -10 down.
var ErrorStrings = [...]Error{
	InvalidResponse, MissingKey, MissingValue, GetProhibited, SetProhibited, RemoveProhibited, ImmutableValue,
	PasswordProtected, UserDeniedPairing, PairingDialogResponsePending, MissingHostID, InvalidHostID, SessionActive,
	SessionInactive, MissingSessionID, InvalidSessionID, MissingService, InvalidService, ServiceLimit, MissingPairRecord,
	SavePairRecordFailed, InvalidPairRecord, InvalidActivationRecord, MissingActivationRecord, ServiceProhibited,
	EscrowLocked, PairingProhibitedOverThisConnection, FMiPProtected, MCProtected, MCChallengeRequired,
}

// Code returns libimobiledevice's number for the string.
func (e Error) Code() int {
	for i, known := range ErrorStrings {
		if e == known {
			return -10 - i
		}
	}
	return UnknownCode
}

// Error names the string.
func (e Error) Error() string { return "lockdown: device says " + string(e) }
