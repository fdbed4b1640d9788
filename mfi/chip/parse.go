package chip

import (
	"embed"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/plugfest/plugfest/mfi"
)

//go:embed models/*.yaml
var models embed.FS

// ErrModel is the error of a model that cannot be.
var ErrModel = errors.New("invalid chip model")

// MFi20C is a fresh copy of the model of the 2.0C.
func MFi20C() *Model { return embedded("models/2.0c.yaml") }

// MFi30 is a fresh copy of the model of the 3.0.
func MFi30() *Model { return embedded("models/3.0.yaml") }

// ForGeneration is the model of a generation: the 2.0C for 2.0. It is nil when there is none.
func ForGeneration(g mfi.Generation) *Model {
	switch g {
	case mfi.Gen20:
		return MFi20C()
	case mfi.Gen30:
		return MFi30()
	}
	return nil
}

func embedded(name string) *Model {
	text, err := models.ReadFile(name)
	if err != nil {
		panic(err)
	}
	m, err := ParseModel(text)
	if err != nil {
		panic(err)
	}
	return m
}

// maxModel bounds the text of a model in bytes.
const maxModel = 64 << 10

// ParseModel reads a model from YAML, in the form of the files in models/. Unknown keys are refused, and so is a model that cannot be:
// the error wraps [ErrModel] and names the field.
func ParseModel(text []byte) (*Model, error) {
	if len(text) > maxModel {
		return nil, fmt.Errorf("%w: %d bytes of YAML, at most %d are read", ErrModel, len(text), maxModel)
	}
	m := &Model{}
	if err := yaml.Load(text, m, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	if err := m.Validate(); err != nil {
		return nil, err
	}
	return m, nil
}
