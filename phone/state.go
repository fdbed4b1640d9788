package phone

import "github.com/plugfest/plugfest/phone/state"

// answers are what a user does about the trust dialog.
var answers = map[string]state.Answer{"accepts": state.AnswerTrust, "refuses": state.AnswerRefuse, "ignores": state.AnswerNone}

// StateOptions make the phone that lockdownd shows, a [state.State], the one of the
// persona. What o says already counts.
func (p *Persona) StateOptions(o state.Options) state.Options {
	fill(&o.Name, p.Name)
	fill(&o.ProductType, p.ProductType)
	fill(&o.ProductVersion, p.ProductVersion)
	fill(&o.SerialNumber, p.SerialNumber)
	fill(&o.Language, p.Language)
	fill(&o.Battery, p.Battery)
	fill(&o.User, state.User{Answer: answers[p.User.Trust], After: p.User.TrustAfter})
	if p.User.Locked {
		o.Passcode, o.Locked = true, true
		fill(&o.UnlockAfter, p.User.UnlockAfter)
	}
	return o
}

func fill[T comparable](v *T, from T) {
	var zero T
	if *v == zero {
		*v = from
	}
}
