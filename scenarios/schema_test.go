package scenarios_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"github.com/plugfest/plugfest/scenarios"
)

// The published file is what the tables of keys say.
func TestSchemaIsPublished(t *testing.T) { golden(t, "schema.json", string(scenarios.Schema())) }

// Every file that the parser takes fits the schema, and so do all built-in
// scenarios; of the bad ones, the schema refuses those whose form is wrong.
func TestSchemaAgreesWithTheParser(t *testing.T) {
	var root map[string]any
	require.NoError(t, json.Unmarshal(scenarios.Schema(), &root))
	check := func(file string) error {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var doc any
		if err := yaml.Load(text, &doc); err != nil {
			return err
		}
		return validate(root, root, doc, "")
	}
	good, err := filepath.Glob("testdata/good/*/*.yaml")
	require.NoError(t, err)
	builtin, err := filepath.Glob("catalogue/*/*.yaml")
	require.NoError(t, err)
	for _, file := range append(good, builtin...) {
		require.NoError(t, check(file), file)
	}
	for _, name := range []string{
		"unknown-key", "missing", "list", "scalar", "number-for-text", "empty-text", "null", "id", "role", "limit", "limit-list",
		"settings", "lines", "many", "unordered", "mutants",
	} {
		require.Error(t, check("testdata/bad/"+name+".yaml"), name)
	}
}

// validate checks a document against the part of JSON Schema that ours uses,
// and fails on keywords beyond it.
func validate(root, s map[string]any, doc any, at string) error {
	if ref, ok := s["$ref"].(string); ok {
		defs := root["$defs"].(map[string]any)
		return validate(root, defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any), doc, at)
	}
	for keyword, v := range s {
		ok := true
		switch text, isText := doc.(string); keyword {
		case "$schema", "$defs", "title", "description", "properties", "additionalProperties", "patternProperties", "items":
		case "type":
			switch doc.(type) {
			case string:
				ok = v == "string"
			case map[string]any:
				ok = v == "object"
			case []any:
				ok = v == "array"
			default:
				ok = false
			}
		case "enum":
			ok = slices.Contains(v.([]any), doc)
		case "pattern":
			ok = !isText || regexp.MustCompile(v.(string)).MatchString(text)
		case "minLength":
			ok = !isText || utf8.RuneCountInString(text) >= int(v.(float64))
		case "maxLength":
			ok = !isText || utf8.RuneCountInString(text) <= int(v.(float64))
		case "maxItems":
			list, isList := doc.([]any)
			ok = !isList || len(list) <= int(v.(float64))
		case "minProperties", "maxProperties":
			m, isMap := doc.(map[string]any)
			ok = !isMap || len(m) == int(v.(float64))
		case "required":
			m, _ := doc.(map[string]any)
			for _, key := range v.([]any) {
				_, has := m[key.(string)]
				ok = ok && has
			}
		case "oneOf":
			fits := 0
			for _, one := range v.([]any) {
				if validate(root, one.(map[string]any), doc, at) == nil {
					fits++
				}
			}
			ok = fits == 1
		default:
			return fmt.Errorf("%s: keyword %s is beyond this test", at, keyword)
		}
		if !ok {
			return fmt.Errorf("%s: %v does not fit %s %v", at, doc, keyword, v)
		}
	}
	return validateParts(root, s, doc, at)
}

func validateParts(root, s map[string]any, doc any, at string) error {
	if list, ok := doc.([]any); ok && s["items"] != nil {
		for i, v := range list {
			if err := validate(root, s["items"].(map[string]any), v, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	}
	m, _ := doc.(map[string]any)
	properties, _ := s["properties"].(map[string]any)
	patterns, _ := s["patternProperties"].(map[string]any)
	for key, v := range m {
		part, known := properties[key].(map[string]any)
		for pattern, p := range patterns {
			if regexp.MustCompile(pattern).MatchString(key) {
				part, known = p.(map[string]any), true
			}
		}
		if !known && s["additionalProperties"] == false {
			return fmt.Errorf("%s: unknown key %s", at, key)
		}
		if known {
			if err := validate(root, part, v, at+"."+key); err != nil {
				return err
			}
		}
	}
	return nil
}
