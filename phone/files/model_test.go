package files_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/phone/files"
)

// Memory does what a real file system does: random operations on both give the
// same answers and leave the same trees.
func TestMemoryAgainstHost(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("which of two errors comes first differs between systems")
	}
	name := rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "l"}), 1, 3).Draw(t, "parts")
		s := ""
		for _, p := range parts {
			s += "/" + p
		}
		return s
	})
	target := rapid.SampledFrom([]string{"a", "b/c", "../a", "..", "../..", "/a", "l", ".", "b/../a", "c/"})
	rapid.Check(t, func(t *rapid.T) {
		o := files.Options{Total: 1 << 30, Free: 1 << 30}
		mem := files.NewMemory(o)
		host := newHostRapid(t, o)
		defer func() { require.NoError(t, host.Close()) }()
		type pair struct{ m, h files.File }
		var opened []pair
		defer func() {
			for _, p := range opened {
				require.NoError(t, p.m.Close())
				require.NoError(t, p.h.Close())
			}
		}()
		same := func(m, h error) {
			me, he := sentinel(t, m), sentinel(t, h)
			require.Equal(t, he, me, "memory: %v, host: %v", m, h)
		}
		t.Repeat(map[string]func(*rapid.T){
			"mkdir":    func(t *rapid.T) { n := name.Draw(t, "name"); same(mem.Mkdir(n), host.Mkdir(n)) },
			"mkdirall": func(t *rapid.T) { n := name.Draw(t, "name"); same(files.MkdirAll(mem, n), files.MkdirAll(host, n)) },
			"remove":   func(t *rapid.T) { n := name.Draw(t, "name"); same(mem.Remove(n), host.Remove(n)) },
			"removeall": func(t *rapid.T) {
				n := name.Draw(t, "name")
				same(files.RemoveAll(mem, n), files.RemoveAll(host, n))
			},
			"rename": func(t *rapid.T) {
				a, b := name.Draw(t, "from"), name.Draw(t, "to")
				same(mem.Rename(a, b), host.Rename(a, b))
			},
			"link": func(t *rapid.T) {
				a, b := name.Draw(t, "target"), name.Draw(t, "name")
				same(mem.Link(a, b), host.Link(a, b))
			},
			"symlink": func(t *rapid.T) {
				a, b := target.Draw(t, "target"), name.Draw(t, "name")
				same(mem.Symlink(a, b), host.Symlink(a, b))
			},
			"readdir": func(t *rapid.T) {
				n := name.Draw(t, "name")
				m, me := mem.ReadDir(n)
				h, he := host.ReadDir(n)
				same(me, he)
				require.ElementsMatch(t, h, m)
			},
			"lstat": func(t *rapid.T) {
				n := name.Draw(t, "name")
				m, me := mem.Lstat(n)
				h, he := host.Lstat(n)
				same(me, he)
				requireSame(t, h, m)
			},
			"write": func(t *rapid.T) {
				n, text := name.Draw(t, "name"), rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "data")
				same(files.WriteFile(mem, n, text), files.WriteFile(host, n, text))
			},
			"open": func(t *rapid.T) {
				n, flag := name.Draw(t, "name"), files.Flag(rapid.IntRange(0, 31).Draw(t, "flag"))
				m, me := mem.Open(n, flag)
				h, he := host.Open(n, flag)
				same(me, he)
				if me == nil {
					opened = append(opened, pair{m, h})
				}
			},
			"use": func(t *rapid.T) {
				if len(opened) == 0 {
					t.Skip("nothing is open")
				}
				p := rapid.SampledFrom(opened).Draw(t, "file")
				off := rapid.Int64Range(0, 200_000).Draw(t, "offset")
				data := rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "data")
				mode := files.LockMode(rapid.IntRange(0, 2).Draw(t, "lock"))
				same(p.m.Lock(mode), p.h.Lock(mode))
				mn, me := p.m.WriteAt(data, off)
				hn, he := p.h.WriteAt(data, off)
				same(me, he)
				require.Equal(t, hn, mn)
				if rapid.Bool().Draw(t, "truncate") {
					size := rapid.Int64Range(0, 200_000).Draw(t, "size")
					same(p.m.Truncate(size), p.h.Truncate(size))
				}
				mb, hb := make([]byte, 300), make([]byte, 300)
				off = rapid.Int64Range(0, 200_000).Draw(t, "offset")
				mn, me = p.m.ReadAt(mb, off)
				hn, he = p.h.ReadAt(hb, off)
				same(me, he)
				require.Equal(t, hn, mn)
				require.Equal(t, hb[:hn], mb[:mn])
				mi, me := p.m.Stat()
				hi, he := p.h.Stat()
				same(me, he)
				requireSame(t, hi, mi)
			},
			"": func(t *rapid.T) {
				require.NoError(t, files.Walk(host, "/", func(n string, h files.Info) error {
					m, err := mem.Lstat(n)
					require.NoError(t, err)
					requireSame(t, h, m)
					if h.Kind == files.Regular {
						want, err := files.ReadFile(host, n)
						require.NoError(t, err)
						got, err := files.ReadFile(mem, n)
						require.NoError(t, err)
						require.Equal(t, want, got)
					}
					return nil
				}))
			},
		})
	})
}

// requireSame compares what does not depend on the file system.
func requireSame(t require.TestingT, want, got files.Info) {
	if want.Kind == files.Directory {
		want.Size, want.Links, got.Size, got.Links = 0, 0, 0, 0
	}
	for _, i := range []*files.Info{&want, &got} {
		i.Blocks = 0
		i.ModTime, i.BirthTime = noon, noon
	}
	require.Equal(t, want, got)
}
