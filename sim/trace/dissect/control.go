package dissect

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// appendNodes appends the decoded parameters of a message. A parameter of a
// group stands as "Group.Name"; one that comes again as "Name[1]", "Name[2]".
func appendNodes(f []sim.Field, prefix string, list control.Nodes, depth int) []sim.Field {
	for i := range list {
		if len(f) >= maxFields {
			return f
		}
		n := &list[i]
		name := prefix + n.Name()
		if k := count(list[:i], n.Param.ID); k > 0 {
			name += "[" + strconv.Itoa(k) + "]"
		}
		if n.Spec != nil && n.Spec.Type == control.TypeGroup && n.Err == nil {
			if depth < maxDepth {
				f = appendNodes(f, name+".", n.Nodes, depth+1)
			}
			continue
		}
		f = append(f, nodeField(name, n))
	}
	return f
}

func count(list control.Nodes, id uint16) (k int) {
	for i := range list {
		if list[i].Param.ID == id {
			k++
		}
	}
	return k
}

// nodeField shows a value: numbers and texts as they are, enumerations by name,
// a parameter without a value as 1, one that cannot be read as "!" and its
// bytes.
func nodeField(name string, n *control.Node) sim.Field {
	if n.Err != nil {
		return sim.Text(name, "!"+blob(n.Param.Value))
	}
	switch v := n.Value.(type) {
	case uint64:
		if v <= math.MaxUint8 && n.Spec.Enum != nil {
			if word := n.Spec.Enum.NameOf(uint8(v)); word != "" {
				return sim.Text(name, word)
			}
		}
		if v > math.MaxInt64 {
			return sim.Text(name, strconv.FormatUint(v, 10))
		}
		return sim.Int(name, int64(v))
	case int64:
		return sim.Int(name, v)
	case bool:
		if n.Spec.Type == control.TypeNone {
			return sim.Int(name, 1)
		}
		return sim.Text(name, strconv.FormatBool(v))
	case string:
		return sim.Text(name, excerpt(v))
	case control.Joined:
		return sim.Text(name, excerpt(strings.Join(v, "+")))
	case []uint16:
		return sim.Text(name, excerpt(ids(v, n.Spec.Unit == "message id")))
	}
	return sim.Text(name, blob(n.Param.Value))
}

// ids shows a list of numbers: "EA02,AE00" or "1,2".
func ids(list []uint16, hexadecimal bool) string {
	var b []byte
	for i, id := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if hexadecimal {
			b = fmt.Appendf(b, "%04X", id)
		} else {
			b = strconv.AppendUint(b, uint64(id), 10)
		}
	}
	return string(b)
}
