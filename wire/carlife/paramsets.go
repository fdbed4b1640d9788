package carlife

// appendSPS appends a baseline-profile sequence parameter set (ITU-T H.264
// 7.3.2.1.1) with one reference frame and 16-pixel macroblocks cropped to the
// size asked for.
func appendSPS(dst []byte, w, h int) []byte {
	mbw, mbh := (w+15)/16, (h+15)/16
	var b bitWriter
	b.bits(66, 8)         // profile_idc: baseline
	b.bits(0xC0, 8)       // constraint_set0 and 1
	b.bits(40, 8)         // level 4.0
	b.ue(0)               // seq_parameter_set_id
	b.ue(0)               // log2_max_frame_num_minus4
	b.ue(2)               // pic_order_cnt_type
	b.ue(1)               // max_num_ref_frames
	b.bits(0, 1)          // gaps_in_frame_num_value_allowed_flag
	b.ue(uint32(mbw - 1)) // pic_width_in_mbs_minus1
	b.ue(uint32(mbh - 1)) // pic_height_in_map_units_minus1
	b.bits(1, 1)          // frame_mbs_only_flag
	b.bits(1, 1)          // direct_8x8_inference_flag
	if right, bottom := uint32(mbw*16-w)/2, uint32(mbh*16-h)/2; right+bottom > 0 {
		b.bits(1, 1) // frame_cropping_flag, in units of two pixels
		b.ue(0)
		b.ue(right)
		b.ue(0)
		b.ue(bottom)
	} else {
		b.bits(0, 1)
	}
	b.bits(0, 1) // vui_parameters_present_flag
	return b.appendNAL(dst, 0x60|NALSPS)
}

// appendPPS appends a picture parameter set (7.3.2.2): CAVLC, one slice group.
func appendPPS(dst []byte) []byte {
	var b bitWriter
	b.ue(0)      // pic_parameter_set_id
	b.ue(0)      // seq_parameter_set_id
	b.bits(0, 2) // entropy_coding_mode_flag, bottom_field_pic_order...
	b.ue(0)      // num_slice_groups_minus1
	b.ue(0)      // num_ref_idx_l0_default_active_minus1
	b.ue(0)      // num_ref_idx_l1_default_active_minus1
	b.bits(0, 3) // weighted prediction
	b.ue(0)      // pic_init_qp_minus26, signed zero
	b.ue(0)      // pic_init_qs_minus26
	b.ue(0)      // chroma_qp_index_offset
	b.bits(0, 3) // deblocking control, constrained intra, redundant pictures
	return b.appendNAL(dst, 0x60|NALPPS)
}

// bitWriter writes a raw byte sequence payload, most significant bit first.
type bitWriter struct {
	b []byte
	n int // bits written
}

func (w *bitWriter) bits(v uint32, n int) {
	for i := n - 1; i >= 0; i-- {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n/8] |= byte(v>>i&1) << (7 - w.n%8)
		w.n++
	}
}

// ue writes an unsigned Exp-Golomb number (9.1).
func (w *bitWriter) ue(v uint32) {
	n := 0
	for (v+1)>>(n+1) != 0 {
		n++
	}
	w.bits(0, n)
	w.bits(v+1, n+1)
}

// appendNAL closes the payload with its stop bit and appends it behind a start
// code, with emulation prevention bytes (7.4.1).
func (w *bitWriter) appendNAL(dst []byte, head byte) []byte {
	w.bits(1, 1)
	dst = append(dst, 0, 0, 0, 1, head)
	zeros := 0
	for _, c := range w.b {
		if zeros == 2 && c <= 3 {
			dst, zeros = append(dst, 3), 0
		}
		dst = append(dst, c)
		if zeros++; c != 0 {
			zeros = 0
		}
	}
	return dst
}
