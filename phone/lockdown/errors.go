package lockdown

// Error is an error string of lockdownd, which is what stands in a reply.
type Error string

// Error strings that host tools know (libimobiledevice, lockdown.h).
const (
	ErrInvalidRequest                      Error = "InvalidRequest"
	ErrInvalidResponse                     Error = "InvalidResponse"
	ErrMissingKey                          Error = "MissingKey"
	ErrMissingValue                        Error = "MissingValue"
	ErrGetProhibited                       Error = "GetProhibited"
	ErrSetProhibited                       Error = "SetProhibited"
	ErrRemoveProhibited                    Error = "RemoveProhibited"
	ErrImmutableValue                      Error = "ImmutableValue"
	ErrPasswordProtected                   Error = "PasswordProtected"
	ErrUserDeniedPairing                   Error = "UserDeniedPairing"
	ErrPairingDialogResponsePending        Error = "PairingDialogResponsePending"
	ErrMissingHostID                       Error = "MissingHostID"
	ErrInvalidHostID                       Error = "InvalidHostID"
	ErrSessionActive                       Error = "SessionActive"
	ErrSessionInactive                     Error = "SessionInactive"
	ErrMissingSessionID                    Error = "MissingSessionID"
	ErrInvalidSessionID                    Error = "InvalidSessionID"
	ErrMissingService                      Error = "MissingService"
	ErrInvalidService                      Error = "InvalidService"
	ErrServiceLimit                        Error = "ServiceLimit"
	ErrMissingPairRecord                   Error = "MissingPairRecord"
	ErrSavePairRecordFailed                Error = "SavePairRecordFailed"
	ErrInvalidPairRecord                   Error = "InvalidPairRecord"
	ErrInvalidActivationRecord             Error = "InvalidActivationRecord"
	ErrMissingActivationRecord             Error = "MissingActivationRecord"
	ErrServiceProhibited                   Error = "ServiceProhibited"
	ErrEscrowLocked                        Error = "EscrowLocked"
	ErrPairingProhibitedOverThisConnection Error = "PairingProhibitedOverThisConnection"
	ErrFMiPProtected                       Error = "FMiPProtected"
	ErrMCProtected                         Error = "MCProtected"
	ErrMCChallengeRequired                 Error = "MCChallengeRequired"
)

// Error returns the string.
func (e Error) Error() string { return string(e) }
