package chaos_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// read returns a file of /proc; ok is false where its process is gone.
func read(t *testing.T, path string) (text string, ok bool) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if isGone(err) {
		return "", false
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(raw), true
}

// children are the pids of a process's children, of whichever of its threads.
func children(t *testing.T, pid int) []int {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, list := range lists {
		text, _ := read(t, list)
		for field := range strings.FieldsSeq(text) {
			child, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, child)
		}
	}
	return pids
}

// descriptors is how many a process has open.
func descriptors(t *testing.T, pid int) int {
	t.Helper()
	return len(entries(t, fmt.Sprintf("/proc/%d/fd", pid)))
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil && !isGone(err) {
		t.Fatal(err)
	}
	names := make([]string, len(found))
	for i, e := range found {
		names[i] = e.Name()
	}
	return names
}

// stopped reports whether every thread of a process is, or the process is gone: the state is the field after the name in
// brackets, see proc_pid_stat(5).
func stopped(t *testing.T, pid int) bool {
	t.Helper()
	for _, thread := range entries(t, fmt.Sprintf("/proc/%d/task", pid)) {
		stat, ok := read(t, fmt.Sprintf("/proc/%d/task/%s/stat", pid, thread))
		_, fields, _ := strings.Cut(stat, ") ")
		if ok && !strings.HasPrefix(fields, "T") {
			return false
		}
	}
	return true
}

// clients are the client's ports of the connections that a process holds.
func clients(t *testing.T, pid int) map[int]bool {
	t.Helper()
	held := map[string]bool{} // by the socket's inode
	for _, fd := range entries(t, fmt.Sprintf("/proc/%d/fd", pid)) {
		link, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, fd))
		if err != nil && !isGone(err) {
			t.Fatal(err)
		}
		if inode, isSocket := strings.CutPrefix(link, "socket:["); isSocket {
			held[strings.TrimSuffix(inode, "]")] = true
		}
	}
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	ports := map[int]bool{}
	for line := range bytes.Lines(table) {
		if port, inode, ok := remote(string(line)); ok && held[inode] {
			ports[port] = true
		}
	}
	return ports
}

// remote returns the port of the other end and the inode of a line of /proc/net/tcp, see proc_pid_net(5):
// "sl local_address rem_address st queues timer retrnsmt uid timeout inode". The heading is no such line.
func remote(line string) (port int, inode string, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 10 {
		return 0, "", false
	}
	_, hex, _ := strings.Cut(fields[2], ":")
	n, err := strconv.ParseUint(hex, 16, 16)
	return int(n), fields[9], err == nil
}

func TestRemote(t *testing.T) {
	const heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
	const line = "   7: 0100007F:4E20 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 231776 1 0000000000000000 20 4 1 10 -1"
	if port, inode, ok := remote(line); port != 0xd431 || inode != "231776" || !ok {
		t.Errorf("got %d, %q, %t", port, inode, ok)
	}
	for _, bad := range []string{heading, "", "1 2 3"} {
		if port, inode, ok := remote(bad); ok {
			t.Errorf("%q gives %d, %q", bad, port, inode)
		}
	}
}

// running are the processes whose executable lies in the folder.
func running(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	for _, pid := range entries(t, "/proc") {
		if exe, err := os.Readlink("/proc/" + pid + "/exe"); err == nil && strings.HasPrefix(exe, dir) {
			found = append(found, pid+" "+filepath.Base(exe))
		}
	}
	return found
}

// isGone says that a file of /proc is missing since its process is.
func isGone(err error) bool { return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) }
