package carlife

// Rule names what a [Violation] broke. The words are stable, for reports.
type Rule string

// The rules.
const (
	RuleFraming          Rule = "framing"                   // the byte stream makes no sense
	RuleDirection        Rule = "direction"                 // a message of the other end's
	RuleBody             Rule = "body"                      // payload undecodable or a field out of range
	RuleBareID           Rule = "bare-id"                   // id without bit 15, refused on purpose
	RuleBeforeVersion    Rule = "before-version"            // anything before the version exchange is done
	RuleAfterRefusal     Rule = "after-refusal"             // head unit goes on after status 2
	RuleRepeated         Rule = "repeated"                  // said twice
	RuleInitBeforeReady  Rule = "init-before-encrypt-ready" // 00018007 before 0001006E
	RuleInitDone         Rule = "unasked-init-done"         // 00010008 without 00018007
	RuleStartBeforeDone  Rule = "start-before-init-done"    // 00018009 before 00010008
	RuleVideoBeforeStart Rule = "video-before-start"        // 00020001 before 00018009
	RuleFirstFrame       Rule = "first-frame"               // not SPS, PPS, I-frame
	RuleAudioBeforeInit  Rule = "audio-before-init"         // data before the stream's init
	RuleMicUnasked       Rule = "microphone-unasked"        // 00058001 without a request
	RuleTouchOutside     Rule = "touch-outside"             // coordinates outside of the encoder's picture
	RuleKeyExchange      Rule = "key-exchange"              // RSA or AES key unusable, or out of order
	RuleDecryption       Rule = "decryption"                // a body that does not decrypt
	RuleProfile          Rule = "profile"                   // 00010033/34 in the other profile's shape
	RuleUnread           Rule = "unread"                    // asks on and on, and does not read the answers
)

// CloseReason says why a session ended.
type CloseReason string

// The reasons.
const (
	CloseExit      CloseReason = "exit"      // MD_EXIT
	CloseVersion   CloseReason = "version"   // refused, or never answered
	CloseWatchdog  CloseReason = "watchdog"  // nothing on the video channel
	CloseViolation CloseReason = "violation" // see the Violation before it
	CloseLost      CloseReason = "lost"      // a channel was lost, and so all
	CloseLocal     CloseReason = "local"     // Close was called
)
