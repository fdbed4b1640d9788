package files

import (
	"errors"
	"io/fs"
)

// What an operation on a tree may fail with. The first five are those of
// package io/fs.
var (
	ErrNotExist   = fs.ErrNotExist
	ErrExist      = fs.ErrExist
	ErrPermission = fs.ErrPermission // also a link that leads out of the tree
	ErrInvalid    = fs.ErrInvalid
	ErrClosed     = fs.ErrClosed

	ErrIsDir       = errors.New("is a directory")
	ErrNotDir      = errors.New("not a directory")
	ErrNotEmpty    = errors.New("directory not empty")
	ErrNoSpace     = errors.New("no space left")
	ErrTooLarge    = errors.New("file too large")
	ErrLoop        = errors.New("too many symbolic links")
	ErrNameTooLong = errors.New("name too long")
	ErrWouldBlock  = errors.New("locked by another")
)

func fail(op, name string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := err.(*fs.PathError); ok {
		return err
	}
	return &fs.PathError{Op: op, Path: "/" + name, Err: err}
}
