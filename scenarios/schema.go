package scenarios

import (
	"bytes"
	"encoding/json"
)

// schema is a JSON Schema, or a part of one.
type schema map[string]any

var (
	stringSchema   = schema{"type": "string", "minLength": 1}
	settingsSchema = schema{"type": "object"}
	durationSchema = schema{"type": "string", "pattern": `^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$`}
	patternsSchema = schema{"type": "array", "items": schema{"$ref": "#/$defs/pattern"}}
)

// Forms of lines. They are looser than the parser: an editor helps with them,
// and the parser decides.
const (
	patternRegexp   = `^(\*|[A-Za-z0-9_][A-Za-z0-9_.:/-]*) > \S+( .*)?$`
	lineRegexp      = `^(do \S+( .*)?|send \S+ > .+|wait \S+|quiet \S+ \S+ > .+|(repeat [0-9]+ )?(within \S+|\+\S+) \S+ > .+)$`
	unorderedRegexp = `^unordered (within \S+|\+\S+)$`
)

// Schema returns the JSON Schema (draft 2020-12) of a scenario file. The keys
// phone, headunit, host, chip and cable are open: the bench checks them.
func Schema() []byte {
	root := objectSchema(scenarioKeys)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Plugfest scenario"
	root["$defs"] = schema{
		"mutant": objectSchema(mutantKeys),
		"pattern": schema{
			"type":        "string",
			"maxLength":   MaxLine,
			"pattern":     patternRegexp,
			"description": "WHO > LAYER [KIND] [KEY=VALUE ...] [-- NOTE]",
		},
		"step": schema{
			"description": "One line: " + stepForms,
			"oneOf": []schema{
				{"type": "string", "maxLength": MaxLine, "pattern": lineRegexp},
				{
					"type":                 "object",
					"minProperties":        1,
					"maxProperties":        1,
					"patternProperties":    schema{unorderedRegexp: patternsSchema},
					"additionalProperties": false,
				},
			},
		},
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(root); err != nil {
		panic(err) // maps of texts and numbers
	}
	return out.Bytes()
}

func objectSchema[T any](keys []key[T]) schema {
	properties := schema{}
	required := []string{}
	for _, k := range keys {
		p := schema{"description": k.doc}
		for name, v := range k.schema {
			p[name] = v
		}
		properties[k.name] = p
		if k.required {
			required = append(required, k.name)
		}
	}
	return schema{
		"type":                 "object",
		"properties":           properties,
		"required":             required,
		"additionalProperties": false,
	}
}
