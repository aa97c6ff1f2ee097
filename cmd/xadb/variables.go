package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// variables is a flag with global system variables: name=value, or several of them
// with ; between. Given again, it adds to them.
type variables map[string]string

// Set implements pflag.Value.
func (v variables) Set(s string) error {
	for part := range strings.SplitSeq(s, ";") {
		name, value, ok := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return fmt.Errorf("%q is not name=value", part)
		}
		v[name] = strings.TrimSpace(value)
	}
	return nil
}

// String implements pflag.Value.
func (v variables) String() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(v)) {
		parts = append(parts, name+"="+v[name])
	}
	return strings.Join(parts, ";")
}

// Type implements pflag.Value.
func (variables) Type() string { return "name=value" }
