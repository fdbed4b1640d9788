package lab

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// guestControl is where the guest finds the control share.
const guestControl = "/run/plugfest/control"

// listen hears what guest/agent.sh reports, until the channel closes: one line
// each.
//
//	ready         it takes requests
//	failed WHY    it could not be set up
//	ended N CODE  job N ended
//	bye           it ends because it was asked to, once it has been told bye
func (m *Machine) listen() {
	in := bufio.NewScanner(m.control)
	for in.Scan() {
		verb, rest, _ := strings.Cut(in.Text(), " ")
		m.mu.Lock()
		switch verb {
		case "ready":
			m.up.Do(func() { close(m.ready) })
		case "failed":
			m.end.reason = rest
			m.cancel(ErrSetup)
		case "ended":
			m.ended(rest)
		case "bye":
			m.end.bye = true
			io.WriteString(m.control, "bye\n") // the guest ends when it has read it
		}
		m.mu.Unlock()
	}
	if errors.Is(in.Err(), bufio.ErrTooLong) { // no agent of ours writes that
		m.cancel(fmt.Errorf("the guest's report: %w", in.Err()))
	}
}

// ended takes "N CODE". The lock is held.
func (m *Machine) ended(report string) {
	number, code, _ := strings.Cut(report, " ")
	n, errN := strconv.Atoi(number)
	status, errStatus := strconv.Atoi(code)
	if j := m.jobs[n]; j != nil && errN == nil && errStatus == nil {
		delete(m.jobs, n)
		j.code = status
		close(j.ended)
	}
}

// send makes a request of the guest: run N, type N (run on the terminal), signal
// N NUMBER, exit.
func (m *Machine) send(verb string, args ...int) error {
	line := verb
	for _, n := range args {
		line = fmt.Sprint(line, " ", n)
	}
	if _, err := io.WriteString(m.control, line+"\n"); err != nil {
		<-m.gone // or it would be read
		return m.err
	}
	return nil
}
