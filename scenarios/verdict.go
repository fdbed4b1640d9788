package scenarios

// A Verdict is what came of a scenario.
type Verdict string

// The verdicts.
const (
	Pass          Verdict = "pass"
	PassNonstrict Verdict = "pass-nonstrict" // a should or may is not met
	Fail          Verdict = "fail"
	Invalid       Verdict = "invalid"     // the scenario asks for what the bench does not have
	Broken        Verdict = "error"       // the bench broke, not the endpoint
	Skip          Verdict = "skip"        // makes no sense here
	Unsupported   Verdict = "unsupported" // the endpoint lacks the feature
)

// Verdicts lists the verdicts, best first.
func Verdicts() []Verdict {
	return []Verdict{Pass, PassNonstrict, Skip, Unsupported, Fail, Invalid, Broken}
}

// Exit codes of a run, see [Summary.ExitCode].
const (
	ExitPassed      = 0
	ExitFailed      = 1
	ExitUsage       = 2 // the command line, or a scenario, is invalid
	ExitBroken      = 3
	ExitUnsupported = 127
)
