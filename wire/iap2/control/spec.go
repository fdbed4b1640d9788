package control

// MessageSpec describes one control message.
type MessageSpec struct {
	ID     uint16 `json:"id"`
	Name   string `json:"name"`
	Sender Sender `json:"sender"`
	// Family is the title under which the message is listed.
	Family string `json:"family"`
	// Params is ordered by id.
	Params []ParamSpec `json:"params,omitempty"`
	// Open says that parameters beyond Params exist or that none is known.
	Open bool `json:"open,omitempty"`
	// Alternates are further ids under which some firmware knows the message.
	Alternates []uint16 `json:"alternates,omitempty"`
	Mark       Mark     `json:"mark"`
	Source     string   `json:"source"`
	Note       string   `json:"note,omitempty"`
}

// ParamSpec describes one parameter of a message or group.
type ParamSpec struct {
	ID   uint16 `json:"id"`
	Name string `json:"name"`
	Type Type   `json:"type"`
	// Required parameters are missed by Validate. RequiredInferred says that
	// the meaning demands it but no source says so.
	Required         bool `json:"required,omitempty"`
	RequiredInferred bool `json:"requiredInferred,omitempty"`
	// Repeated parameters stand once for each element of a list.
	Repeated bool `json:"repeated,omitempty"`
	// Enum names the values of a TypeEnum; nil where they are not known.
	Enum *EnumSpec `json:"enum,omitempty"`
	// Group lists the parameters of a TypeGroup.
	Group  *GroupSpec `json:"group,omitempty"`
	Unit   string     `json:"unit,omitempty"`
	Mark   Mark       `json:"mark"`
	Source string     `json:"source"`
	Note   string     `json:"note,omitempty"`
}

// GroupSpec describes the parameters inside of a group.
type GroupSpec struct {
	Name   string      `json:"name"`
	Params []ParamSpec `json:"params,omitempty"`
	Open   bool        `json:"open,omitempty"`
	Mark   Mark        `json:"mark"`
	Source string      `json:"source"`
	Note   string      `json:"note,omitempty"`
}

// EnumSpec names the values of an enumeration, ordered by value.
type EnumSpec struct {
	Name   string      `json:"name"`
	Values []EnumValue `json:"values"`
	Note   string      `json:"note,omitempty"`
}

// EnumValue is one value of an enumeration.
type EnumValue struct {
	Value uint8  `json:"value"`
	Name  string `json:"name"`
}

// Gap is something that is known to exist but left out of the catalogue
// because no usable public source gives its id or parameters.
type Gap struct {
	Name string `json:"name"`
	Note string `json:"note"`
}

// Param gives the parameter with the given id, or nil.
func (m *MessageSpec) Param(id uint16) *ParamSpec { return findParam(m.Params, id) }

// ParamByName gives the parameter with the given name, or nil.
func (m *MessageSpec) ParamByName(name string) *ParamSpec { return findParamName(m.Params, name) }

// Param gives the parameter with the given id, or nil.
func (g *GroupSpec) Param(id uint16) *ParamSpec { return findParam(g.Params, id) }

// ParamByName gives the parameter with the given name, or nil.
func (g *GroupSpec) ParamByName(name string) *ParamSpec { return findParamName(g.Params, name) }

func findParam(list []ParamSpec, id uint16) *ParamSpec {
	for i := range list {
		if list[i].ID == id {
			return &list[i]
		}
	}
	return nil
}

func findParamName(list []ParamSpec, name string) *ParamSpec {
	for i := range list {
		if list[i].Name == name {
			return &list[i]
		}
	}
	return nil
}

// NameOf gives the name of a value, or "".
func (e *EnumSpec) NameOf(v uint8) string {
	if e == nil {
		return ""
	}
	for i := range e.Values {
		if e.Values[i].Value == v {
			return e.Values[i].Name
		}
	}
	return ""
}

// ValueOf gives the value with the given name.
func (e *EnumSpec) ValueOf(name string) (uint8, bool) {
	if e == nil {
		return 0, false
	}
	for i := range e.Values {
		if e.Values[i].Name == name {
			return e.Values[i].Value, true
		}
	}
	return 0, false
}
