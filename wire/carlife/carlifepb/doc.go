// Package carlifepb holds the protobuf messages that CarLife carries in its
// command, touch and audio-init payloads.
//
// The schema is carlife.proto beside this file, written from the field numbers
// and types that Baidu's published vehicle code uses (apollo-DuerOS: the C++
// CarLife vehicle library and the Android head-unit application). Only the
// numbers and types travel; the comments and grouping are ours.
//
// The Go code is generated and committed, so building needs no protoc. To
// regenerate it, put protoc and protoc-gen-go (the version of
// google.golang.org/protobuf in go.mod) on PATH and run go generate here.
package carlifepb

//go:generate protoc -I ../../.. --go_out=../../.. --go_opt=paths=source_relative wire/carlife/carlifepb/carlife.proto
