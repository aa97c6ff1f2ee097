package explore

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/xadb/xadb/fuzz/model"
	"github.com/xadb/xadb/fuzz/simdisk"
)

// planMagic is the first line of a plan. A text follows, for a person; then a
// line with planData alone, then the plan itself in base64.
const (
	planMagic = "xadb crash plan 1"
	planData  = "--- image and expectation ---"
	// planSizeMax bounds a plan that is read, in bytes.
	planSizeMax = 256 << 20
	lineLength  = 120
)

var errPlan = errors.New("explore: not a plan")

// A Plan holds a violation: the image, what was expected of it, and how it
// came about.
type Plan struct {
	Message string // of the violation
	Program string // its steps
	Mode    Mode
	Point   int     // operation before the crash
	Choice  string  // what survived
	Trouble trouble // what happened to the image, beside its recovery
	Name    string  // of the program's kind
	Seeds   [2]uint64
	History string
	Ops     []string // of the disk, up to the crash
	Expect  *model.Expectation
	Image   []byte // simdisk's export
	// Rerun says that the program broke a promise before any crash: the image
	// is what the disk showed then.
	Rerun bool
}

// newPlan writes down a crash, with the image it left. Of the image of a
// process's death the cache counts, which is all that the process saw.
func newPlan(c crash, choice simdisk.Choice) *Plan {
	ops := opLines(c.disk)
	image := c.disk.CrashAt(c.k, choice)
	if choice.String() == "kill" {
		image = image.CrashAt(image.Ops(), simdisk.Everything())
	}
	return &Plan{
		Program: c.program.String(), Name: c.program.name, Mode: c.mode, Point: c.k, Choice: choice.String(),
		History: c.hist.String(), Ops: ops[:min(c.k, len(ops))], Expect: c.want, Image: image.Export(),
	}
}

func opLines(d *simdisk.Disk) []string {
	var lines []string
	for _, op := range d.OpLog() {
		lines = append(lines, op.String())
	}
	return lines
}

// Encode writes the plan.
func (p *Plan) Encode(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nviolation: %s\n", planMagic, p.Message)
	fmt.Fprintf(&b, "\nmode: %s\npoint: %d\nchoice: %s\nbeside: %s\n", p.Mode, p.Point, p.Choice, p.Trouble)
	fmt.Fprintf(&b, "\nprogram:\n%s\nhistory:\n%s\noperations:\n", p.Program, p.History)
	for _, op := range p.Ops {
		b.WriteString(op + "\n")
	}
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("explore: encoding a plan: %w", err)
	}
	b.WriteString(planData + "\n")
	text := base64.StdEncoding.EncodeToString(data)
	for len(text) > lineLength {
		b.WriteString(text[:lineLength] + "\n")
		text = text[lineLength:]
	}
	b.WriteString(text + "\n")
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("explore: writing a plan: %w", err)
	}
	return nil
}

// DecodePlan reads what Encode wrote.
func DecodePlan(r io.Reader) (*Plan, error) {
	b, err := io.ReadAll(io.LimitReader(r, planSizeMax))
	if err != nil {
		return nil, fmt.Errorf("explore: reading a plan: %w", err)
	}
	_, text, found := bytes.Cut(b, []byte("\n"+planData+"\n"))
	if !found || !bytes.HasPrefix(b, []byte(planMagic+"\n")) {
		return nil, errPlan
	}
	data, err := base64.StdEncoding.DecodeString(string(bytes.ReplaceAll(text, []byte("\n"), nil)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPlan, err)
	}
	p := &Plan{}
	if err := json.Unmarshal(data, p); err != nil {
		return nil, fmt.Errorf("%w: %w", errPlan, err)
	}
	return p, nil
}

// Repeat recovers the plan's image, and lets the same traffic follow if the
// plan says so. If the program itself broke a promise it runs that again first.
// It returns the violation, nil if there is none. err says that the plan cannot
// be repeated.
func (p *Plan) Repeat() (violation, err error) {
	if p.Rerun {
		prog, err := generate(p.Name, p.Seeds[0])
		if err != nil {
			return nil, err
		}
		x := explorer{stop: func() bool { return false }, busy: func(func() string) func() { return func() {} }}
		s, violation := x.execute(prog)
		s.end()
		if violation != nil {
			return violation, nil
		}
	}
	image, err := simdisk.Import(p.Image)
	if err != nil {
		return nil, err
	}
	r := newRand(p.Seeds[0], p.Seeds[1])
	c := crash{mode: p.Mode, want: p.Expect, hist: model.NewHistory(p.Expect, image.Ops)}
	switch p.Trouble {
	case readTrouble:
		return unreadable(c, image, r), nil
	case damageTrouble:
		return damage(c, image, r), nil
	}
	s := newSession(image, p.Mode, p.Expect, r)
	defer s.end()
	if err := s.start(); err != nil || p.Trouble != trafficTrouble {
		return err, nil
	}
	return s.run(aftermath(r)), nil
}
