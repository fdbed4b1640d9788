package files

import "slices"

// locks are the locks on one file. An owner is an open file.
type locks struct {
	alone  any
	shared []any
}

// set gives owner the lock, or reports false and leaves things as they are.
func (l *locks) set(owner any, mode LockMode) bool {
	switch mode {
	case Shared:
		if l.alone != nil && l.alone != owner {
			return false
		}
		l.drop(owner)
		l.shared = append(l.shared, owner)
	case Alone:
		if l.alone != nil && l.alone != owner || slices.ContainsFunc(l.shared, func(o any) bool { return o != owner }) {
			return false
		}
		l.drop(owner)
		l.alone = owner
	default:
		l.drop(owner)
	}
	return true
}

func (l *locks) drop(owner any) {
	if l.alone == owner {
		l.alone = nil
	}
	l.shared = slices.DeleteFunc(l.shared, func(o any) bool { return o == owner })
}

func (l *locks) none() bool { return l.alone == nil && len(l.shared) == 0 }
