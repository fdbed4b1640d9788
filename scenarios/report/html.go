package report

import (
	_ "embed"
	"html/template"
	"io"

	"github.com/plugfest/plugfest/scenarios"
)

//go:embed report.tmpl.html
var htmlText string

var htmlTemplate = template.Must(template.New("report").Funcs(template.FuncMap{"short": short}).Parse(htmlText))

type htmlPage struct {
	Totals, Times string
	Rows          []htmlRow
}

type htmlRow struct {
	*scenarios.Result
	Label string
	Bad   bool
}

// HTML writes one page that needs no other file.
func HTML(w io.Writer, s *scenarios.Summary) error {
	page := htmlPage{Totals: totals(s), Times: times(s)}
	for i := range s.Results {
		r := &s.Results[i]
		page.Rows = append(page.Rows, htmlRow{Result: r, Label: label(s, r), Bad: bad(r.Verdict)})
	}
	return htmlTemplate.Execute(w, page)
}
