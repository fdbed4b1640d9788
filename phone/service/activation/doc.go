// Package activation is com.apple.mobileactivationd: how a new phone is made ready
// for use. A host makes one request on a connection.
//
//	Command                                      reply
//	GetActivationStateRequest                    {Value: "Activated" or "Unactivated"}
//	CreateTunnel1SessionInfoRequest              {Value: {..}}, a request for a session
//	CreateActivationInfoRequest                  {Value: {..}}
//	CreateTunnel1ActivationInfoRequest           {Value: {..}}
//	HandleActivationInfoRequest                  {Value: true}; the phone is activated
//	HandleActivationInfoWithSessionRequest       the same
//	DeactivateRequest                            {Value: true}; it is not any more
//
// The infos that a real phone signs for Apple's servers are marked as a test's here:
// no server will take them.
//
// Source: libimobiledevice (mobileactivation.c). What the infos hold is inferred.
package activation
