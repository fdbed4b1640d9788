package usb

// queue is a first-in first-out list of transfers.
type queue struct {
	head, tail *Transfer
	n          int
}

func (q *queue) push(t *Transfer) {
	t.next = nil
	if q.tail == nil {
		q.head = t
	} else {
		q.tail.next = t
	}
	q.tail = t
	q.n++
}

func (q *queue) pop() *Transfer {
	t := q.head
	if t != nil {
		q.remove(t)
	}
	return t
}

// remove takes t out and reports whether it was in.
func (q *queue) remove(t *Transfer) bool {
	var prev *Transfer
	for u := q.head; u != nil; prev, u = u, u.next {
		if u != t {
			continue
		}
		if prev == nil {
			q.head = t.next
		} else {
			prev.next = t.next
		}
		if q.tail == t {
			q.tail = prev
		}
		t.next = nil
		q.n--
		return true
	}
	return false
}
