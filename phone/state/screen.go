package state

type screen struct{}
