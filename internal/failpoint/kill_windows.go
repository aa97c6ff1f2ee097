package failpoint

import "os"

// killSelf ends the process at once: of what it wrote, the system's cache stays
// and nothing else, as after TerminateProcess from outside.
func killSelf() {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill()
	}
}
