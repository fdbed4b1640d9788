package afc_test

import (
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/phone/files"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/service/afc/afctest"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/afc"
)

// model is what a tree should be: content by path, nil for a directory.
type model map[string]*[]byte

func (m model) isDir(p string) bool {
	c, ok := m[p]
	return ok && c == nil
}

// parent returns why nothing can stand at p, if so.
func (m model) parent(p string) afc.Status {
	dir := path.Dir(p)
	for d := dir; ; d = path.Dir(d) {
		if c, ok := m[d]; ok && c != nil {
			return afc.StatusReadError
		}
		if d == "/" {
			break
		}
	}
	if !m.isDir(dir) {
		return afc.StatusObjectNotFound
	}
	return afc.StatusSuccess
}

// stat returns whether something stands at p, or why not.
func (m model) stat(p string) afc.Status {
	if _, ok := m[p]; ok {
		return afc.StatusSuccess
	}
	if st := m.parent(p); st != afc.StatusSuccess {
		return st
	}
	return afc.StatusObjectNotFound
}

func (m model) children(dir string) []string {
	out := []string{}
	for p := range m {
		if p != "/" && path.Dir(p) == dir {
			out = append(out, path.Base(p))
		}
	}
	slices.Sort(out)
	return out
}

func (m model) removeAll(p string) {
	for q := range m {
		if q == p || strings.HasPrefix(q, p+"/") {
			delete(m, q)
		}
	}
}

// openFile is a handle and where it should stand.
type openFile struct {
	f    *afctest.File
	c    *[]byte
	mode afc.OpenMode
	pos  int
}

// Random requests on two connections do what a map of contents says.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		defer func() { // rapid wants to see its own panics
			if v := recover(); v != nil {
				if p, ok := v.(*sim.PanicError); ok {
					v = p.Value
				}
				panic(v)
			}
		}()
		w := sim.New()
		require.NoError(t, w.Run(func() { modelRun(t, w) }))
	})
}

func modelRun(t *rapid.T, w *sim.World) {
	tree := files.NewMemory(files.Options{})
	var clients [2]*afctest.Client
	for i := range clients {
		clients[i], _ = afctest.Serve(w, tree, service.Options{MaxRead: 1000})
	}
	m := model{"/": nil}
	var opened []*openFile

	name := rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 3).Draw(t, "parts")
		return "/" + strings.Join(parts, "/")
	})
	client := func() *afctest.Client { return clients[rapid.IntRange(0, 1).Draw(t, "client")] }
	pick := func() *openFile {
		if len(opened) == 0 {
			t.Skip("nothing is open")
		}
		return rapid.SampledFrom(opened).Draw(t, "file")
	}

	t.Repeat(map[string]func(*rapid.T){
		"mkdir": func(t *rapid.T) {
			p := name.Draw(t, "name")
			want := afc.StatusSuccess
			made := []string{}
			for d := p; d != "/"; d = path.Dir(d) {
				if c, ok := m[d]; !ok {
					made = append(made, d)
				} else if c != nil {
					want = afc.StatusObjectExists
				}
			}
			requireStatus(t, want, client().Mkdir(p))
			if want == afc.StatusSuccess {
				for _, d := range made {
					m[d] = nil
				}
			}
		},
		"remove": func(t *rapid.T) {
			p := name.Draw(t, "name")
			want := m.stat(p)
			switch {
			case p == "/":
				want = afc.StatusPermDenied
			case m.isDir(p) && len(m.children(p)) > 0:
				want = afc.StatusDirNotEmpty
			}
			requireStatus(t, want, client().Remove(p))
			if want == afc.StatusSuccess {
				delete(m, p)
			}
		},
		"remove all": func(t *rapid.T) {
			p := name.Draw(t, "name")
			want := m.stat(p)
			if p == "/" {
				want = afc.StatusPermDenied
			}
			requireStatus(t, want, client().RemoveAll(p))
			if want == afc.StatusSuccess {
				m.removeAll(p)
			}
		},
		"rename": func(t *rapid.T) {
			from, to := name.Draw(t, "from"), name.Draw(t, "to")
			_, there := m[from]
			old, inWay := m[to]
			want := afc.StatusSuccess
			switch {
			case from != "/" && m.parent(from) != afc.StatusSuccess:
				want = m.parent(from)
			case to != "/" && m.parent(to) != afc.StatusSuccess:
				want = m.parent(to)
			case !there:
				want = afc.StatusObjectNotFound
			case from == "/" || to == "/":
				want = afc.StatusPermDenied
			case from == to, inWay && old != nil && old == m[from]: // one file
			case m.isDir(from) && strings.HasPrefix(to, from+"/"):
				want = afc.StatusInvalidArgument
			case inWay && old == nil && !m.isDir(from):
				want = afc.StatusObjectIsDir
			case inWay && old != nil && m.isDir(from):
				want = afc.StatusReadError
			case inWay && old == nil && len(m.children(to)) > 0:
				want = afc.StatusDirNotEmpty
			}
			requireStatus(t, want, client().Rename(from, to))
			if want == afc.StatusSuccess && from != to && (old == nil || old != m[from]) {
				m.removeAll(to)
				for _, q := range slices.Collect(maps.Keys(m)) {
					if q == from || strings.HasPrefix(q, from+"/") {
						m[to+q[len(from):]] = m[q]
						delete(m, q)
					}
				}
			}
		},
		"link": func(t *rapid.T) {
			target, p := name.Draw(t, "target"), name.Draw(t, "name")
			_, exists := m[p]
			_, there := m[target]
			want := afc.StatusSuccess
			switch {
			case target != "/" && m.parent(target) != afc.StatusSuccess:
				want = m.parent(target)
			case p != "/" && m.parent(p) != afc.StatusSuccess:
				want = m.parent(p)
			case !there:
				want = afc.StatusObjectNotFound
			case exists:
				want = afc.StatusObjectExists
			case m.isDir(target):
				want = afc.StatusPermDenied
			}
			requireStatus(t, want, client().Link(afc.HardLink, target, p))
			if want == afc.StatusSuccess {
				m[p] = m[target]
			}
		},
		"open": func(t *rapid.T) {
			p := name.Draw(t, "name")
			mode := afc.OpenMode(rapid.IntRange(1, 6).Draw(t, "mode"))
			want := m.stat(p)
			switch {
			case m.isDir(p):
				want = afc.StatusObjectIsDir
			case want == afc.StatusObjectNotFound && mode != afc.ModeRead && m.parent(p) == afc.StatusSuccess:
				want = afc.StatusSuccess
				m[p] = &[]byte{}
			}
			f, err := client().Open(p, mode)
			requireStatus(t, want, err)
			if err == nil {
				o := &openFile{f: f, c: m[p], mode: mode}
				if mode.Truncates() {
					*o.c = nil
				}
				opened = append(opened, o)
			}
		},
		"write": func(t *rapid.T) {
			o := pick()
			data := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "data")
			_, err := o.f.Write(data)
			if !o.mode.CanWrite() {
				requireStatus(t, afc.StatusPermDenied, err)
				return
			}
			require.NoError(t, err)
			if len(data) == 0 {
				return
			}
			if o.mode.Appends() {
				o.pos = len(*o.c)
			}
			if end := o.pos + len(data); end > len(*o.c) {
				*o.c = append(*o.c, make([]byte, end-len(*o.c))...)
			}
			o.pos += copy((*o.c)[o.pos:], data)
		},
		"read": func(t *rapid.T) {
			o := pick()
			buf := make([]byte, rapid.IntRange(1, 2000).Draw(t, "length"))
			n, err := o.f.Read(buf)
			if !o.mode.CanRead() {
				requireStatus(t, afc.StatusPermDenied, err)
				return
			}
			want := (*o.c)[min(o.pos, len(*o.c)):]
			want = want[:min(len(want), len(buf), 1000)]
			if len(want) == 0 {
				require.Equal(t, io.EOF, err)
			}
			require.Equal(t, string(want), string(buf[:n]))
			o.pos += n
		},
		"seek": func(t *rapid.T) {
			o := pick()
			whence := rapid.IntRange(0, 2).Draw(t, "whence")
			off := rapid.IntRange(-1000, 3000).Draw(t, "offset")
			want := []int{0, o.pos, len(*o.c)}[whence] + off
			pos, err := o.f.Seek(int64(off), whence)
			if want < 0 {
				requireStatus(t, afc.StatusInvalidArgument, err)
				return
			}
			require.NoError(t, err)
			require.EqualValues(t, want, pos)
			o.pos = want
		},
		"truncate": func(t *rapid.T) {
			o := pick()
			size := rapid.IntRange(0, 3000).Draw(t, "size")
			err := o.f.Truncate(uint64(size))
			if !o.mode.CanWrite() {
				requireStatus(t, afc.StatusPermDenied, err)
				return
			}
			require.NoError(t, err)
			if size <= len(*o.c) {
				*o.c = (*o.c)[:size:size]
			} else {
				*o.c = append(*o.c, make([]byte, size-len(*o.c))...)
			}
		},
		"close": func(t *rapid.T) {
			o := pick()
			require.NoError(t, o.f.Close())
			opened = slices.DeleteFunc(opened, func(x *openFile) bool { return x == o })
		},
		"": func(t *rapid.T) {
			c := clients[0]
			for _, p := range slices.Sorted(maps.Keys(m)) {
				info, err := c.Stat(p)
				require.NoError(t, err)
				if m[p] == nil {
					require.Equal(t, afc.FormatDirectory, info.Format)
					names, err := c.ReadDir(p)
					require.NoError(t, err)
					require.Equal(t, m.children(p), append([]string{}, names...))
					continue
				}
				require.EqualValues(t, len(*m[p]), info.Size)
				got, err := c.ReadFile(p)
				require.NoError(t, err)
				require.Equal(t, string(*m[p]), string(got))
			}
		},
	})
}
