package state

import (
	"crypto/rsa"
	"crypto/x509"
	"embed"
	"encoding/pem"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"go.yaml.in/yaml/v4"
)

//go:embed data/*.yaml keys/*.pem
var embedded embed.FS

// A Library is the data of all models and versions of iOS. It does not change
// once it is loaded, so any number of phones, in any number of worlds, share one.
type Library struct {
	models  map[string]*Model
	builds  []build // by version
	layers  []layer
	access  access
	apps    []systemApp
	chatter []chat
	keys    []*rsa.PrivateKey
}

// A Model is what is the same in all phones of a product type.
type Model struct {
	ProductType string  `yaml:"-"`
	Name        string  `yaml:"name"`     // as it is sold: "iPhone 14"
	Class       string  `yaml:"class"`    // "iPhone", "iPad" or "iPod"
	Hardware    string  `yaml:"hardware"` // HardwareModel: "D27AP"
	Platform    string  `yaml:"platform"` // "t8110"
	Chip        uint64  `yaml:"chip"`     // ChipID: 0x8110
	Board       uint64  `yaml:"board"`    // BoardId
	Arch        string  `yaml:"arch"`     // "arm64" or "arm64e"
	First       string  `yaml:"first"`    // iOS that it came with
	Last        string  `yaml:"last"`     // newest major version that it runs
	Screen      [2]int  `yaml:"screen"`   // width and height in pixels
	Number      string  `yaml:"number"`   // ModelNumber: "MPUF3"
	Capacity    float64 `yaml:"capacity"` // GB; 0: 128
}

type build struct {
	version Version
	id      string
}

// layer is part of the tree of values, for some of the phones.
type layer struct {
	class  string
	ios    Range
	values map[string]map[string]any
}

type access struct {
	Public   []string            `yaml:"public"`
	Hidden   []string            `yaml:"hidden"`
	Settable map[string][]string `yaml:"settable"`
	Open     []string            `yaml:"open"`
}

// Load reads the embedded data. It takes a few milliseconds: whoever makes many
// phones loads once.
func Load() (*Library, error) {
	l := &Library{}
	for _, step := range []func() error{l.loadModels, l.loadBuilds, l.loadLayers, l.loadAccess, l.loadApps, l.loadChatter, l.loadKeys} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func load(name string, to any) error {
	data, err := embedded.ReadFile("data/" + name)
	if err != nil {
		return err
	}
	if err := yaml.Load(data, to, yaml.WithKnownFields()); err != nil {
		return fmt.Errorf("state: %s: %w", name, err)
	}
	return nil
}

func (l *Library) loadModels() error {
	if err := load("models.yaml", &l.models); err != nil {
		return err
	}
	for productType, m := range l.models {
		m.ProductType = productType
		if m.Capacity == 0 {
			m.Capacity = 128
		}
	}
	return nil
}

func (l *Library) loadBuilds() error {
	var raw map[string]string
	if err := load("builds.yaml", &raw); err != nil {
		return err
	}
	for text, id := range raw {
		v, err := ParseVersion(text)
		if err != nil {
			return err
		}
		l.builds = append(l.builds, build{v, id})
	}
	slices.SortFunc(l.builds, func(a, b build) int { return a.version.Compare(b.version) })
	return nil
}

// bounds is a [Range] as YAML has it.
type bounds struct {
	Since string `yaml:"since"`
	Until string `yaml:"until"`
}

func (b bounds) parse() (r Range, err error) {
	for _, f := range []struct {
		text string
		to   *Version
	}{{b.Since, &r.Since}, {b.Until, &r.Until}} {
		if f.text == "" {
			continue
		}
		if *f.to, err = ParseVersion(f.text); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (l *Library) loadLayers() error {
	var raw []struct {
		Class  string                    `yaml:"class"`
		Bounds bounds                    `yaml:",inline"`
		Values map[string]map[string]any `yaml:"values"`
	}
	if err := load("values.yaml", &raw); err != nil {
		return err
	}
	for _, r := range raw {
		ios, err := r.Bounds.parse()
		if err != nil {
			return err
		}
		l.layers = append(l.layers, layer{class: r.Class, ios: ios, values: r.Values})
	}
	return nil
}

func (l *Library) loadAccess() error { return load("access.yaml", &l.access) }

// loadKeys reads the device keys: the same few for all simulated phones.
func (l *Library) loadKeys() error {
	names, err := fs.Glob(embedded, "keys/*.pem")
	if err != nil {
		return err
	}
	for _, name := range names {
		data, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		block, _ := pem.Decode(data)
		if block == nil {
			return fmt.Errorf("state: %s holds no PEM block", name)
		}
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return fmt.Errorf("state: %s: %w", name, err)
		}
		l.keys = append(l.keys, key)
	}
	return nil
}

// Models lists the product types, in order.
func (l *Library) Models() []string { return slices.Sorted(maps.Keys(l.models)) }

// Model returns the model of a product type, nil if it is unknown.
func (l *Library) Model(productType string) *Model { return l.models[productType] }

// Builds lists the versions of iOS whose builds are known, oldest first.
func (l *Library) Builds() []Version {
	var out []Version
	for _, b := range l.builds {
		out = append(out, b.version)
	}
	return out
}

// build returns the build of a version, or of the newest one before it.
func (l *Library) build(v Version) string {
	id := ""
	for _, b := range l.builds {
		if b.version.Compare(v) > 0 {
			break
		}
		id = b.id
	}
	if id == "" && len(l.builds) > 0 {
		id = l.builds[0].id
	}
	return id
}
