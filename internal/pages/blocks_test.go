package pages_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit"
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/bench"
)

// A block is a fenced code block of a page.
type block struct {
	page string
	line int // of its first line
	lang string
	text string
}

func blocks(t *testing.T, page string) []block {
	t.Helper()
	var list []block
	var now *block
	for i, l := range strings.Split(read(t, page), "\n") {
		switch {
		case now == nil && strings.HasPrefix(l, "```"):
			now = &block{page: page, line: i + 2, lang: strings.TrimPrefix(l, "```")}
		case now != nil && l == "```":
			list = append(list, *now)
			now = nil
		case now != nil:
			now.text += l + "\n"
		}
	}
	require.Nil(t, now, "%s: a code block is not closed", page)
	return list
}

// allBlocks returns the blocks of one language from every page.
func allBlocks(t *testing.T, lang string) []block {
	t.Helper()
	var list []block
	for _, page := range handWritten(t) {
		for _, b := range blocks(t, page) {
			if b.lang == lang {
				list = append(list, b)
			}
		}
	}
	require.NotEmpty(t, list)
	return list
}

// Go code in a page stands in a file that is compiled and run: here.
func TestGoCodeIsTested(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	var tested strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		tested.WriteString(flat(string(text)))
	}
	for _, b := range allBlocks(t, "go") {
		if !strings.Contains(tested.String(), flat(b.text)) {
			t.Errorf("%s:%d: this code stands in no test of internal/pages", b.page, b.line)
		}
	}
}

// flat takes indentation and empty lines away.
func flat(code string) string {
	var b strings.Builder
	for _, l := range strings.Split(code, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			b.WriteString(l + "\n")
		}
	}
	return b.String()
}

// Every YAML block is a persona, a model, a scenario, a part of one, or steps of
// a script. Scenarios must pass; parts must be understood.
func TestYAMLWorks(t *testing.T) {
	for _, b := range allBlocks(t, "yaml") {
		switch {
		case strings.HasPrefix(b.text, "name:"):
			_, err := phone.ParsePersona([]byte(b.text))
			require.NoError(t, err, "%s:%d", b.page, b.line)
		case strings.HasPrefix(b.text, "identity:"):
			_, err := headunit.ParseModel([]byte(b.text))
			require.NoError(t, err, "%s:%d", b.page, b.line)
		default:
			playBlock(t, b)
		}
	}
}

func playBlock(t *testing.T, b block) {
	text := b.text
	if strings.HasPrefix(text, "- ") {
		text = "script:\n" + text
	}
	whole := strings.HasPrefix(text, "id:")
	if !whole {
		text = "id: page/fragment\ntitle: a fragment of a page\n" + text
	}
	if !strings.Contains(text, "script:\n") {
		text += "script: [do plug, within 5s phone > usb attach]\n"
	}
	s, err := scenarios.Parse(b.page, []byte(text))
	require.NoError(t, err, "%s:%d", b.page, b.line)
	sum := scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: bench.New})
	if r := &sum.Results[0]; r.Verdict == scenarios.Broken || r.Verdict == scenarios.Invalid || whole && r.Verdict != scenarios.Pass {
		t.Errorf("%s:%d: %s\n%s", b.page, b.line, r.Verdict, r.Detail())
	}
	if whole && len(s.Mutants) > 0 {
		sum = scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{Bench: bench.New, Mutants: true})
		for i := range sum.Results {
			if r := &sum.Results[i]; r.Verdict != scenarios.Pass {
				t.Errorf("%s:%d: mutant %s: %s\n%s", b.page, b.line, r.Mutant.Name, r.Verdict, r.Detail())
			}
		}
	}
}
