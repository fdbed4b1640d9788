package state

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/sim"
)

// Crashes returns what com.apple.crashreportcopymobile shows: the reports that were
// moved there.
func (s *State) Crashes() files.Tree { return s.sub(crashDir) }

// layCrashes lays out reports as a phone has them after some months: old ones, and
// two that wait to be moved.
func (s *State) layCrashes() {
	day := 24 * time.Hour
	must(files.MkdirAll(s.disk, crashDir+"/Retired"))
	must(s.writeCrash(crashDir, "SpringBoard", s.Time().Add(-40*day)))
	must(s.writeCrash(crashDir, "mediaserverd", s.Time().Add(-12*day)))
	must(s.writeCrash(newCrashDir, "JetsamEvent", s.Time().Add(-2*day)))
	must(s.writeCrash(newCrashDir, "locationd", s.Time().Add(-day)))
}

// AddCrash has a program of the phone crash: its report waits to be moved. The error
// is that of a full phone, or of a name that no file can have.
func (s *State) AddCrash(process string) error {
	if process == "" || strings.ContainsRune(process, '/') {
		return fmt.Errorf("state: no program is called %q", process)
	}
	s.storage()
	s.emit("crash", sim.Text("process", process))
	return s.writeCrash(newCrashDir, process, s.Time())
}

// writeCrash writes a report: a line of JSON about it, and then the report as JSON.
func (s *State) writeCrash(dir, process string, t time.Time) error {
	t = t.In(s.Zone())
	incident := UUID(s.Identity.Bytes("crash "+process+t.String(), 16))
	head := fmt.Sprintf(`{"app_name":%q,"timestamp":%q,"bug_type":"309","os_version":"iPhone OS %s (%s)","incident_id":%q}`,
		process, t.Format("2006-01-02 15:04:05.00 -0700"), s.Version, s.lib.build(s.Version), incident)
	body := fmt.Sprintf("{\n  \"procName\" : %q,\n  \"modelCode\" : %q,\n  \"exception\" : {\"type\" : \"EXC_CRASH\", \"signal\" : \"SIGABRT\"},\n  \"threads\" : []\n}", process, s.Model.ProductType)
	name := fmt.Sprintf("%s/%s-%s.ips", dir, process, t.Format("2006-01-02-150405"))
	if err := files.WriteFile(s.disk, name, []byte(head+"\n"+body+"\n")); err != nil {
		return err
	}
	return s.disk.SetModTime(name, t)
}

// MoveCrashes moves the new reports to the others, as crashreportmover does.
func (s *State) MoveCrashes() error {
	names, err := s.storage().ReadDir(newCrashDir)
	for _, name := range names {
		err = errors.Join(err, s.disk.Rename(newCrashDir+"/"+name, crashDir+"/"+name))
	}
	return err
}
