// Package service is what the services of a simulated iPhone share: a [Session] is
// one connection to one of them, in clear or in TLS, and a [Service] is what
// lockdownd has to know to start one.
//
// Each service is a small package below this one; package catalogue lists them all.
// To give a phone a service of your own, add a [Service] to that list:
//
//	service.Service{
//		Name: "com.example.echo",
//		Serve: func(s *service.Session) error {
//			for {
//				m, err := s.ReceiveDict()
//				if err != nil {
//					return err
//				}
//				if err := s.Send(m); err != nil {
//					return err
//				}
//			}
//		},
//	}
//
// # Frames
//
// Most services speak in frames: a length of four bytes, big-endian, and a property
// list in XML or binary form. A session answers in the form in which it is asked.
//
// # Hostile hosts
//
// A length is believed only as the bytes come in. A frame that has begun must be
// complete within [Limits].Frame, a TLS handshake within [Limits].Handshake. A host
// that does not read stalls its own session, and nothing else.
package service
