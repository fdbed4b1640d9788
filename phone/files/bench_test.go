package files_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
)

func BenchmarkMemory(b *testing.B) {
	data := make([]byte, 64<<10)
	const size = 16 << 20
	b.Run("rewrite", func(b *testing.B) {
		m := files.NewMemory(files.Options{})
		f := open(b, m, "f", files.Read|files.Write|files.Create)
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := f.WriteAt(data, int64(i)*int64(len(data))%size); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("append", func(b *testing.B) {
		m := files.NewMemory(files.Options{})
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			f, err := m.Open("f", files.Write|files.Create|files.Truncate)
			require.NoError(b, err)
			for off := int64(0); off < size; off += int64(len(data)) {
				if _, err := f.WriteAt(data, off); err != nil {
					b.Fatal(err)
				}
			}
			require.NoError(b, f.Close())
		}
	})
	b.Run("read", func(b *testing.B) {
		m := files.NewMemory(files.Options{})
		f := open(b, m, "f", files.Read|files.Write|files.Create)
		_, err := f.WriteAt(make([]byte, size), 0)
		require.NoError(b, err)
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := f.ReadAt(data, int64(i)*int64(len(data))%size); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkLstat(b *testing.B) {
	m := files.NewMemory(files.Options{})
	require.NoError(b, files.MkdirAll(m, "a/b/c"))
	for i := range 1000 {
		put(b, m, fmt.Sprintf("a/b/c/%d", i), "")
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Lstat("/a/b/c/500"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewMedia(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		files.NewMedia(files.Options{})
	}
}
