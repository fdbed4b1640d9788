package lab

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed guest/*.sh
var scripts embed.FS

// bootModules are those without which there is no root and no way to talk.
var bootModules = []string{"virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_console"}

// initramfs is the guest's first root: busybox, the modules that lead to the
// machine's files, and the scripts that lead there.
func (k kernel) initramfs(o Options) ([]byte, error) {
	box, err := staticBusybox()
	if err != nil {
		return nil, fmt.Errorf("lab: busybox: %w", err)
	}
	program, err := os.ReadFile(box)
	if err != nil {
		return nil, fmt.Errorf("lab: busybox: %w", err)
	}
	wanted := slices.Clone(bootModules)
	if o.Network {
		wanted = append(wanted, "virtio_net")
	}
	tree := filepath.Join(k.modules, k.release)
	modules, err := readModules(os.DirFS(tree))
	if err != nil {
		return nil, fmt.Errorf("lab: kernel %s: %w", k.name, err)
	}
	files, err := modules.order(wanted...)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	c := &cpio{w: &out}
	for _, dir := range []string{"bin", "dev", "guest", "lower", "modules", "proc", "root", "sys", "upper"} {
		c.dir(dir)
	}
	c.device("dev/console", 0o600, 5, 1)
	c.file("bin/busybox", 0o755, program)
	for name, as := range map[string]string{"init": "init", "root": "guest/root.sh", "agent": "guest/agent.sh"} {
		script, err := scripts.ReadFile("guest/" + name + ".sh")
		if err != nil {
			return nil, err
		}
		c.file(as, 0o755, script)
	}
	var order strings.Builder
	for _, file := range files {
		data, err := readModule(filepath.Join(tree, file))
		if err != nil {
			return nil, fmt.Errorf("lab: kernel %s: %w", k.name, err)
		}
		name := moduleName(file) + ".ko"
		c.file(path.Join("modules", name), 0o644, data)
		fmt.Fprintln(&order, name)
	}
	c.file("modules/order", 0o644, []byte(order.String()))
	return out.Bytes(), c.close()
}

// readModule reads a module, which some kernel packages compress.
func readModule(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	switch path.Ext(file) {
	case ".xz":
		return pipe(data, "xz", "-dc")
	case ".zst":
		return pipe(data, "zstd", "-dc")
	}
	return data, nil
}
