/**
 * Parameter sets of H.264, each with what it was made from and what independent judges read in it: `ffprobe` is the
 * stream as ffprobe 9 describes it, `syntax` the syntax elements as ffmpeg's trace_headers bitstream filter lists them,
 * under their names in ITU-T H.264. None of it comes from our own parsers. Where `ffprobe` is missing, ffprobe cannot
 * decode such a stream.
 */

export interface ParameterSetCase {
  readonly name: string;
  /** How an encoder was told to make it, or where it was recorded. */
  readonly made: string;
  /** NAL unit, hexadecimal. */
  readonly nalUnit: string;
  readonly ffprobe?: string;
  readonly syntax: string;
}

export const SEQUENCE_PARAMETER_SETS: readonly ParameterSetCase[] = [
  {
    name: 'cropped 4:2:0',
    made: 'ffmpeg -f lavfi -i testsrc=s=322x182:r=25 -vf format=yuv420p -c:v libx264 -profile:v high -x264-params ref=4:bframes=2',
    nalUnit: '6764000dacd941519e226c0440000003004000000c83c50a6580',
    ffprobe: 'size=322x182 sar=1:1 level=13',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=13 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=20 pic_height_in_map_units_minus1=11 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      frame_crop_left_offset=0 frame_crop_right_offset=7 frame_crop_top_offset=0 frame_crop_bottom_offset=5
      vui_parameters_present_flag=1 aspect_ratio_idc=1 num_units_in_tick=1 time_scale=50 fixed_frame_rate_flag=0
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=2
      max_dec_frame_buffering=4
    `,
  },
  {
    name: 'cropped to an odd size, 4:4:4',
    made: 'ffmpeg -f lavfi -i testsrc=s=321x181:r=30 -vf format=yuv444p -c:v libx264 -profile:v high444',
    nalUnit: '67f4000d919b282a33c211980880000003008000001e078a14cb',
    ffprobe: 'size=321x181 sar=1:1 level=13',
    syntax: `
      profile_idc=244 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=13 seq_parameter_set_id=0 chroma_format_idc=3
      separate_colour_plane_flag=0 bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0
      pic_order_cnt_type=0 log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=20 pic_height_in_map_units_minus1=11 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      frame_crop_left_offset=0 frame_crop_right_offset=15 frame_crop_top_offset=0 frame_crop_bottom_offset=11
      vui_parameters_present_flag=1 aspect_ratio_idc=1 num_units_in_tick=1 time_scale=60 fixed_frame_rate_flag=0
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=2
      max_dec_frame_buffering=4
    `,
  },
  {
    name: 'cropped to an odd height, 4:2:2 10 bit',
    made: 'ffmpeg -f lavfi -i testsrc=s=322x181:r=30 -vf format=yuv422p10le -c:v libx264 -profile:v high422',
    nalUnit: '677a000db6cd941519e22330110000030001000003003c0f142996',
    ffprobe: 'size=322x181 sar=1:1 level=13',
    syntax: `
      profile_idc=122 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=13 seq_parameter_set_id=0 chroma_format_idc=2
      bit_depth_luma_minus8=2 bit_depth_chroma_minus8=2 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=20 pic_height_in_map_units_minus1=11 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      frame_crop_left_offset=0 frame_crop_right_offset=7 frame_crop_top_offset=0 frame_crop_bottom_offset=11
      vui_parameters_present_flag=1 aspect_ratio_idc=1 num_units_in_tick=1 time_scale=60 fixed_frame_rate_flag=0
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=2
      max_dec_frame_buffering=4
    `,
  },
  {
    name: 'cropped to an odd size, monochrome',
    made: 'ffmpeg -f lavfi -i testsrc=s=161x91:r=30 -vf format=gray -c:v libx264 -profile:v high',
    nalUnit: '6764000bf3650b378426c05b20000003002000000781e28532c0',
    ffprobe: 'size=161x91 sar=1:1 level=11 range=pc',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=11 seq_parameter_set_id=0 chroma_format_idc=0
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=10 pic_height_in_map_units_minus1=5 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      frame_crop_left_offset=0 frame_crop_right_offset=15 frame_crop_top_offset=0 frame_crop_bottom_offset=5
      vui_parameters_present_flag=1 aspect_ratio_idc=1 video_format=5 video_full_range_flag=1 num_units_in_tick=1
      time_scale=60 fixed_frame_rate_flag=0 pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1
      max_bytes_per_pic_denom=0 max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9
      max_num_reorder_frames=2 max_dec_frame_buffering=4
    `,
  },
  {
    name: 'sample aspect ratio 4:3, by index',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x240:r=25 -vf setsar=4/3,format=yuv420p -c:v libx264 -profile:v main',
    nalUnit: '674d400deca0a0fd87080000030008000003019078a14cb0',
    ffprobe: 'size=320x240 sar=4:3 level=13',
    syntax: `
      profile_idc=77 constraint_set0_flag=0 constraint_set1_flag=1 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=13 seq_parameter_set_id=0 log2_max_frame_num_minus4=0
      pic_order_cnt_type=0 log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=19 pic_height_in_map_units_minus1=14 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      vui_parameters_present_flag=1 aspect_ratio_idc=14 num_units_in_tick=1 time_scale=50 fixed_frame_rate_flag=0
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=2
      max_dec_frame_buffering=4
    `,
  },
  {
    name: 'sample aspect ratio 5:7, extended',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x240:r=25 -vf setsar=5/7,format=yuv420p -c:v libx264 -profile:v main',
    nalUnit: '674d400deca0a0fdff80028003880000030008000003019078a14cb0',
    ffprobe: 'size=320x240 sar=5:7 level=13',
    syntax: `
      profile_idc=77 constraint_set0_flag=0 constraint_set1_flag=1 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=13 seq_parameter_set_id=0 log2_max_frame_num_minus4=0
      pic_order_cnt_type=0 log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=19 pic_height_in_map_units_minus1=14 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      vui_parameters_present_flag=1 aspect_ratio_idc=255 sar_width=5 sar_height=7 num_units_in_tick=1 time_scale=50
      fixed_frame_rate_flag=0 pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1
      max_bytes_per_pic_denom=0 max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9
      max_num_reorder_frames=2 max_dec_frame_buffering=4
    `,
  },
  {
    name: 'full range BT.709',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x180:r=30000/1001 -vf scale=out_range=full:out_color_matrix=bt709,format=yuvj420p -c:v libx264 -color_range pc -x264-params colorprim=bt709:transfer=bt709:colormatrix=bt709',
    nalUnit: '6764000dacd941419f9f016e020202800001f480007530078a14cb',
    ffprobe: 'size=320x180 sar=1:1 level=13 range=pc primaries=bt709 transfer=bt709 space=bt709',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=13 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=19 pic_height_in_map_units_minus1=11 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      frame_crop_left_offset=0 frame_crop_right_offset=0 frame_crop_top_offset=0 frame_crop_bottom_offset=6
      vui_parameters_present_flag=1 aspect_ratio_idc=1 video_format=5 video_full_range_flag=1 colour_primaries=1
      transfer_characteristics=1 matrix_coefficients=1 num_units_in_tick=1001 time_scale=60000 fixed_frame_rate_flag=0
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=2
      max_dec_frame_buffering=4
    `,
  },
  {
    name: 'BT.2020 PQ 10 bit',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x180:r=50 -vf format=yuv420p10le -c:v libx264 -profile:v high10 -x264-params colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc',
    nalUnit: '676e0015a6cd941419f9f016a12201280000030008000003032078b16cb0',
    ffprobe: 'size=320x180 sar=1:1 level=21 range=tv primaries=bt2020 transfer=smpte2084 space=bt2020nc',
    syntax: `
      profile_idc=110 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=21 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=2 bit_depth_chroma_minus8=2 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=19 pic_height_in_map_units_minus1=11 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      frame_crop_left_offset=0 frame_crop_right_offset=0 frame_crop_top_offset=0 frame_crop_bottom_offset=6
      vui_parameters_present_flag=1 aspect_ratio_idc=1 video_format=5 video_full_range_flag=0 colour_primaries=9
      transfer_characteristics=16 matrix_coefficients=9 num_units_in_tick=1 time_scale=100 fixed_frame_rate_flag=0
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=10 log2_max_mv_length_vertical=10 max_num_reorder_frames=2
      max_dec_frame_buffering=4
    `,
  },
  {
    name: 'interlaced, cropped in units of four lines',
    made: 'ffmpeg -f lavfi -i testsrc=s=322x180:r=25 -vf format=yuv420p -c:v libx264 -flags +ilme+ildct -x264-params tff=1',
    nalUnit: '67640015acd941533c4498088000000300800000190f8a14cb',
    ffprobe: 'size=322x180 sar=1:1 level=21',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=21 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=20 pic_height_in_map_units_minus1=5 frame_mbs_only_flag=0 mb_adaptive_frame_field_flag=1
      direct_8x8_inference_flag=1 frame_crop_left_offset=0 frame_crop_right_offset=7 frame_crop_top_offset=0
      frame_crop_bottom_offset=3 vui_parameters_present_flag=1 aspect_ratio_idc=1 num_units_in_tick=1 time_scale=50
      fixed_frame_rate_flag=0 pic_struct_present_flag=1 motion_vectors_over_pic_boundaries_flag=1
      max_bytes_per_pic_denom=0 max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9
      max_num_reorder_frames=2 max_dec_frame_buffering=4
    `,
  },
  {
    name: 'interlaced 4:2:2, cropped in units of two lines',
    made: 'ffmpeg -f lavfi -i testsrc=s=722x486:r=30000/1001 -vf format=yuv422p -c:v libx264 -flags +ilme+ildct -x264-params bff=1',
    nalUnit: '677a001fbcd940b820f111d808800001f4800075300f8b16cb',
    ffprobe: 'size=722x486 sar=1:1 level=31',
    syntax: `
      profile_idc=122 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=31 seq_parameter_set_id=0 chroma_format_idc=2
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=45 pic_height_in_map_units_minus1=15 frame_mbs_only_flag=0
      mb_adaptive_frame_field_flag=1 direct_8x8_inference_flag=1 frame_crop_left_offset=0 frame_crop_right_offset=7
      frame_crop_top_offset=0 frame_crop_bottom_offset=13 vui_parameters_present_flag=1 aspect_ratio_idc=1
      num_units_in_tick=1001 time_scale=60000 fixed_frame_rate_flag=0 pic_struct_present_flag=1
      motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0 max_bits_per_mb_denom=0
      log2_max_mv_length_horizontal=10 log2_max_mv_length_vertical=10 max_num_reorder_frames=2
      max_dec_frame_buffering=4
    `,
  },
  {
    name: 'Baseline, output order is decoding order',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x180:r=15 -vf format=yuv420p -c:v libx264 -profile:v baseline',
    nalUnit: '6742c00cd901419f9f0110000003001000000301e0f142a480',
    ffprobe: 'size=320x180 sar=1:1 level=12',
    syntax: `
      profile_idc=66 constraint_set0_flag=1 constraint_set1_flag=1 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=12 seq_parameter_set_id=0 log2_max_frame_num_minus4=0
      pic_order_cnt_type=2 max_num_ref_frames=3 gaps_in_frame_num_allowed_flag=0 pic_width_in_mbs_minus1=19
      pic_height_in_map_units_minus1=11 frame_mbs_only_flag=1 direct_8x8_inference_flag=1 frame_crop_left_offset=0
      frame_crop_right_offset=0 frame_crop_top_offset=0 frame_crop_bottom_offset=6 vui_parameters_present_flag=1
      aspect_ratio_idc=1 num_units_in_tick=1 time_scale=30 fixed_frame_rate_flag=0 pic_struct_present_flag=0
      motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0 max_bits_per_mb_denom=0
      log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=0 max_dec_frame_buffering=3
    `,
  },
  {
    name: 'HRD parameters, fixed frame rate',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x180:r=25 -vf format=yuv420p -c:v libx264 -x264-params nal-hrd=cbr:vbv-maxrate=500:vbv-bufsize=500:bitrate=500:force-cfr=1',
    nalUnit: '6764000dacd941419f9f01100000030010000003032e02001e840007a13930c01e28532c',
    ffprobe: 'size=320x180 sar=1:1 level=13',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=13 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=19 pic_height_in_map_units_minus1=11 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      frame_crop_left_offset=0 frame_crop_right_offset=0 frame_crop_top_offset=0 frame_crop_bottom_offset=6
      vui_parameters_present_flag=1 aspect_ratio_idc=1 num_units_in_tick=1 time_scale=50 fixed_frame_rate_flag=1
      cpb_removal_delay_length_minus1=12 dpb_output_delay_length_minus1=6
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=2
      max_dec_frame_buffering=4
    `,
  },
  {
    name: 'lossless',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x180:r=25 -vf format=yuv444p -c:v libx264 -qp 0',
    nalUnit: '67f4000c91d6405067e37011000003000100000300320f142a48',
    ffprobe: 'size=320x180 sar=1:1 level=12',
    syntax: `
      profile_idc=244 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=12 seq_parameter_set_id=0 chroma_format_idc=3
      separate_colour_plane_flag=0 bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0
      pic_order_cnt_type=2 max_num_ref_frames=3 gaps_in_frame_num_allowed_flag=0 pic_width_in_mbs_minus1=19
      pic_height_in_map_units_minus1=11 frame_mbs_only_flag=1 direct_8x8_inference_flag=1 frame_crop_left_offset=0
      frame_crop_right_offset=0 frame_crop_top_offset=0 frame_crop_bottom_offset=12 vui_parameters_present_flag=1
      aspect_ratio_idc=1 num_units_in_tick=1 time_scale=50 fixed_frame_rate_flag=0 pic_struct_present_flag=0
      motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0 max_bits_per_mb_denom=0
      log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=0 max_dec_frame_buffering=3
    `,
  },
  {
    name: 'overscan, PAL, location of chroma samples',
    made: 'ffmpeg -f lavfi -i testsrc=s=720x576:r=25 -vf setsar=16/11,format=yuv420p -c:v libx264 -x264-params overscan=crop:videoformat=pal:chromaloc=2',
    nalUnit: '6764001eacd940b4126c1392dc000003000400000300c83c58b658',
    ffprobe: 'size=720x576 sar=16:11 level=30 range=tv',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=30 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=44 pic_height_in_map_units_minus1=35 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      vui_parameters_present_flag=1 aspect_ratio_idc=4 overscan_appropriate_flag=1 video_format=1
      video_full_range_flag=0 num_units_in_tick=1 time_scale=50 fixed_frame_rate_flag=0 pic_struct_present_flag=0
      motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0 max_bits_per_mb_denom=0
      log2_max_mv_length_horizontal=10 log2_max_mv_length_vertical=10 max_num_reorder_frames=2
      max_dec_frame_buffering=4
      chroma_sample_loc_type_top_field=2 chroma_sample_loc_type_bottom_field=2
    `,
  },
  {
    name: '1080p at level 4.1',
    made: 'ffmpeg -f lavfi -i testsrc=s=1920x1080:r=60 -vf format=yuv420p -c:v libx264 -level 4.1 -preset veryfast',
    nalUnit: '67640029acd940780227e5c044000003000400000301e03c60c658',
    ffprobe: 'size=1920x1080 sar=1:1 level=41',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=41 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=119 pic_height_in_map_units_minus1=67 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      frame_crop_left_offset=0 frame_crop_right_offset=0 frame_crop_top_offset=0 frame_crop_bottom_offset=4
      vui_parameters_present_flag=1 aspect_ratio_idc=1 num_units_in_tick=1 time_scale=120 fixed_frame_rate_flag=0
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=11 log2_max_mv_length_vertical=11 max_num_reorder_frames=2
      max_dec_frame_buffering=4
    `,
  },
  {
    name: 'intra only, 10 bit',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x180:r=25 -vf format=yuv420p10le -c:v libx264 -profile:v high10 -g 1',
    nalUnit: '676e100ca6cb82833f3e022000000300200000064080',
    ffprobe: 'size=320x180 sar=1:1 level=12',
    syntax: `
      profile_idc=110 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=1
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=12 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=2 bit_depth_chroma_minus8=2 log2_max_frame_num_minus4=0 pic_order_cnt_type=2
      max_num_ref_frames=0 gaps_in_frame_num_allowed_flag=0 pic_width_in_mbs_minus1=19
      pic_height_in_map_units_minus1=11 frame_mbs_only_flag=1 direct_8x8_inference_flag=1 frame_crop_left_offset=0
      frame_crop_right_offset=0 frame_crop_top_offset=0 frame_crop_bottom_offset=6 vui_parameters_present_flag=1
      aspect_ratio_idc=1 num_units_in_tick=1 time_scale=50 fixed_frame_rate_flag=0 pic_struct_present_flag=0
    `,
  },
  {
    name: 'scaling lists in the picture parameter set',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x180:r=25 -vf format=yuv420p -c:v libx264 -x264-params cqm=jvt',
    nalUnit: '6764000cacd941419f9f011000000300100000030320f1429960',
    ffprobe: 'size=320x180 sar=1:1 level=12',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=12 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=19 pic_height_in_map_units_minus1=11 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      frame_crop_left_offset=0 frame_crop_right_offset=0 frame_crop_top_offset=0 frame_crop_bottom_offset=6
      vui_parameters_present_flag=1 aspect_ratio_idc=1 num_units_in_tick=1 time_scale=50 fixed_frame_rate_flag=0
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=2
      max_dec_frame_buffering=4
    `,
  },
  {
    name: 'eight reference frames, a pyramid of B-frames',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x180:r=25 -vf format=yuv420p -c:v libx264 -x264-params ref=8:bframes=8:b-pyramid=normal',
    nalUnit: '6764000cac520905067e7c0440000003004000000c83c50a6260',
    ffprobe: 'size=320x180 sar=1:1 level=12',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=12 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=1 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=3 max_num_ref_frames=8 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=19 pic_height_in_map_units_minus1=11 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      frame_crop_left_offset=0 frame_crop_right_offset=0 frame_crop_top_offset=0 frame_crop_bottom_offset=6
      vui_parameters_present_flag=1 aspect_ratio_idc=1 num_units_in_tick=1 time_scale=50 fixed_frame_rate_flag=0
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=2
      max_dec_frame_buffering=8
    `,
  },
  {
    name: 'the media server: ems/clean/audio-starts-late',
    made: 'config.video of its truth file',
    nalUnit: '6742c00dd90141fb0110000003001000000303c0f142a480',
    ffprobe: 'size=320x240 sar=1:1 level=13',
    syntax: `
      profile_idc=66 constraint_set0_flag=1 constraint_set1_flag=1 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=13 seq_parameter_set_id=0 log2_max_frame_num_minus4=0
      pic_order_cnt_type=2 max_num_ref_frames=3 gaps_in_frame_num_allowed_flag=0 pic_width_in_mbs_minus1=19
      pic_height_in_map_units_minus1=14 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      vui_parameters_present_flag=1 aspect_ratio_idc=1 num_units_in_tick=1 time_scale=60 fixed_frame_rate_flag=0
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=0
      max_dec_frame_buffering=3
    `,
  },
  {
    name: 'the media server: ems/clean/av-bframes',
    made: 'config.video of its truth file',
    nalUnit: '6764000dacd94141fb011000000300100000030320f1429960',
    ffprobe: 'size=320x240 sar=1:1 level=13',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=13 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=19 pic_height_in_map_units_minus1=14 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      vui_parameters_present_flag=1 aspect_ratio_idc=1 num_units_in_tick=1 time_scale=50 fixed_frame_rate_flag=0
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=2
      max_dec_frame_buffering=4
    `,
  },
  {
    name: 'the media server: ems/clean/chunked',
    made: 'config.video of its truth file',
    nalUnit: '6764000bacd94304ec0440000003004000000c83c50a6580',
    ffprobe: 'size=192x144 sar=1:1 level=11',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=11 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=11 pic_height_in_map_units_minus1=8 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      vui_parameters_present_flag=1 aspect_ratio_idc=1 num_units_in_tick=1 time_scale=50 fixed_frame_rate_flag=0
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=2
      max_dec_frame_buffering=4
    `,
  },
  {
    name: 'the media server: ems/clean/exactly-1024-keyframes',
    made: 'config.video of its truth file',
    nalUnit: '6764100cacb8508fcb8088000003000800000303c020',
    ffprobe: 'size=160x120 sar=1:1 level=12',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=1
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=12 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=2
      max_num_ref_frames=0 gaps_in_frame_num_allowed_flag=0 pic_width_in_mbs_minus1=9 pic_height_in_map_units_minus1=7
      frame_mbs_only_flag=1 direct_8x8_inference_flag=1 frame_crop_left_offset=0 frame_crop_right_offset=0
      frame_crop_top_offset=0 frame_crop_bottom_offset=4 vui_parameters_present_flag=1 aspect_ratio_idc=1
      num_units_in_tick=1 time_scale=120 fixed_frame_rate_flag=0 pic_struct_present_flag=0
    `,
  },
  {
    name: 'the media server: ems/clean/no-keyframe',
    made: 'config.video of its truth file',
    nalUnit: '6764000bacb20609d808800000030080000019078a1524',
    ffprobe: 'size=192x144 sar=1:1 level=11',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=11 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=2
      max_num_ref_frames=3 gaps_in_frame_num_allowed_flag=0 pic_width_in_mbs_minus1=11
      pic_height_in_map_units_minus1=8 frame_mbs_only_flag=1 direct_8x8_inference_flag=1 vui_parameters_present_flag=1
      aspect_ratio_idc=1 num_units_in_tick=1 time_scale=50 fixed_frame_rate_flag=0 pic_struct_present_flag=0
      motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0 max_bits_per_mb_denom=0
      log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=0 max_dec_frame_buffering=3
    `,
  },
  {
    name: 'the media server: ems/clean/samesize',
    made: 'config.video of its truth file',
    nalUnit: '6742c00adc2847e5c0440000030004000003007a3c489e',
    ffprobe: 'size=160x120 sar=1:1 level=10',
    syntax: `
      profile_idc=66 constraint_set0_flag=1 constraint_set1_flag=1 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=10 seq_parameter_set_id=0 log2_max_frame_num_minus4=0
      pic_order_cnt_type=2 max_num_ref_frames=0 gaps_in_frame_num_allowed_flag=0 pic_width_in_mbs_minus1=9
      pic_height_in_map_units_minus1=7 frame_mbs_only_flag=1 direct_8x8_inference_flag=1 frame_crop_left_offset=0
      frame_crop_right_offset=0 frame_crop_top_offset=0 frame_crop_bottom_offset=4 vui_parameters_present_flag=1
      aspect_ratio_idc=1 num_units_in_tick=1 time_scale=30 fixed_frame_rate_flag=1 pic_struct_present_flag=0
      motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0 max_bits_per_mb_denom=0
      log2_max_mv_length_horizontal=8 log2_max_mv_length_vertical=8 max_num_reorder_frames=0 max_dec_frame_buffering=0
    `,
  },
  {
    name: 'the media server: ems/clean/surround-5.1',
    made: 'config.video of its truth file',
    nalUnit: '6764000bacd942847e5c0440000003004000000c83c50a6580',
    ffprobe: 'size=160x120 sar=1:1 level=11',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=11 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=9 pic_height_in_map_units_minus1=7 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      frame_crop_left_offset=0 frame_crop_right_offset=0 frame_crop_top_offset=0 frame_crop_bottom_offset=4
      vui_parameters_present_flag=1 aspect_ratio_idc=1 num_units_in_tick=1 time_scale=50 fixed_frame_rate_flag=0
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=2
      max_dec_frame_buffering=4
    `,
  },
  {
    name: 'the media server: ems/clean/vfr',
    made: 'config.video of its truth file',
    nalUnit: '6764000cacd94304ec0440000003004000000f03c50a6580',
    ffprobe: 'size=192x144 sar=1:1 level=12',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=12 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=11 pic_height_in_map_units_minus1=8 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      vui_parameters_present_flag=1 aspect_ratio_idc=1 num_units_in_tick=1 time_scale=60 fixed_frame_rate_flag=0
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=2
      max_dec_frame_buffering=4
    `,
  },
  {
    name: 'the media server: ems/clean/video-only',
    made: 'config.video of its truth file',
    nalUnit: '6764000bacd942847e5c0440000003004000000a03c50a6580',
    ffprobe: 'size=160x120 sar=1:1 level=11',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=11 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=9 pic_height_in_map_units_minus1=7 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      frame_crop_left_offset=0 frame_crop_right_offset=0 frame_crop_top_offset=0 frame_crop_bottom_offset=4
      vui_parameters_present_flag=1 aspect_ratio_idc=1 num_units_in_tick=1 time_scale=40 fixed_frame_rate_flag=0
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=2
      max_dec_frame_buffering=4
    `,
  },
  {
    name: 'the Go server: go-rtmp/complete/h264_aac',
    made: 'avc1 in its config.json',
    nalUnit: '6764000dacd94141fb0110000003001000000303c0f1429960',
    ffprobe: 'size=320x240 sar=1:1 level=13',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=13 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=19 pic_height_in_map_units_minus1=14 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      vui_parameters_present_flag=1 aspect_ratio_idc=1 num_units_in_tick=1 time_scale=60 fixed_frame_rate_flag=0
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=2
      max_dec_frame_buffering=4
    `,
  },
  {
    name: 'the Go server: go-rtmp/complete/realserver_ffrtmp_silence',
    made: 'avc1 in its config.json',
    nalUnit: '6742c00dda0507ec0440000003004000000ca3c50aa8',
    ffprobe: 'size=320x240 sar=1:1 level=13',
    syntax: `
      profile_idc=66 constraint_set0_flag=1 constraint_set1_flag=1 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=13 seq_parameter_set_id=0 log2_max_frame_num_minus4=0
      pic_order_cnt_type=2 max_num_ref_frames=1 gaps_in_frame_num_allowed_flag=0 pic_width_in_mbs_minus1=19
      pic_height_in_map_units_minus1=14 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      vui_parameters_present_flag=1 aspect_ratio_idc=1 num_units_in_tick=1 time_scale=50 fixed_frame_rate_flag=1
      pic_struct_present_flag=0 motion_vectors_over_pic_boundaries_flag=1 max_bytes_per_pic_denom=0
      max_bits_per_mb_denom=0 log2_max_mv_length_horizontal=9 log2_max_mv_length_vertical=9 max_num_reorder_frames=0
      max_dec_frame_buffering=1
    `,
  },
  {
    name: 'scaling lists: whole, default, cut short, left out',
    made: 'by hand, bit by bit',
    nalUnit:
      '6764001ead94c5314c5314c5314c53423440ba5314c5314c5314c5314c91b23646c8d91b23646c8d91b23646c8d91b23646c8d91b23646c8d91b27ff08eca0a0cc80',
    ffprobe: 'size=320x192 level=30',
    syntax: `
      seq_scaling_matrix_present_flag=1
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=30 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=19 pic_height_in_map_units_minus1=11 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      vui_parameters_present_flag=0
    `,
  },
  {
    name: '4:4:4 10 bit, with twelve scaling lists',
    made: 'by hand, bit by bit',
    nalUnit:
      '67f4001e90da94c5314c5314c5314c53108ca6298a6298a6298a629a46c8d91b23646c8d91b23646c8d91b23646c8d91b23646c8d91b23646c891b23646c8d91b23646c8d91b23646c8d91b23646c8d91b23646c8d91b24506d23646c8d91b23646c8d91b23646c8d91b23646c8d91b23646c8d91b2364d941419d3215',
    ffprobe: 'size=317x185 level=30',
    syntax: `
      seq_scaling_matrix_present_flag=1
      profile_idc=244 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=30 seq_parameter_set_id=0 chroma_format_idc=3
      separate_colour_plane_flag=0 bit_depth_luma_minus8=2 bit_depth_chroma_minus8=2 log2_max_frame_num_minus4=0
      pic_order_cnt_type=0 log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=19 pic_height_in_map_units_minus1=11 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      frame_crop_left_offset=1 frame_crop_right_offset=2 frame_crop_top_offset=3 frame_crop_bottom_offset=4
      vui_parameters_present_flag=0
    `,
  },
  {
    name: 'picture order count type 1',
    made: 'by hand, bit by bit',
    nalUnit: '6742c01ed4798a47004b0c141990',
    ffprobe: 'size=320x192 level=30',
    syntax: `
      profile_idc=66 constraint_set0_flag=1 constraint_set1_flag=1 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=30 seq_parameter_set_id=0 log2_max_frame_num_minus4=0
      pic_order_cnt_type=1 delta_pic_order_always_zero_flag=1 offset_for_non_ref_pic=-7
      offset_for_top_to_bottom_field=3 num_ref_frames_in_pic_order_cnt_cycle=4 max_num_ref_frames=2
      gaps_in_frame_num_allowed_flag=0 pic_width_in_mbs_minus1=19 pic_height_in_map_units_minus1=11
      frame_mbs_only_flag=1 direct_8x8_inference_flag=1 vui_parameters_present_flag=0 offset_for_ref_frame[0]=2
      offset_for_ref_frame[1]=-1 offset_for_ref_frame[2]=0 offset_for_ref_frame[3]=300
    `,
  },
  {
    name: 'picture order count type 1, no cycle',
    made: 'by hand, bit by bit',
    nalUnit: '674d001ed20000800068141990',
    ffprobe: 'size=320x192 level=30',
    syntax: `
      profile_idc=77 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=30 seq_parameter_set_id=0 log2_max_frame_num_minus4=0
      pic_order_cnt_type=1 delta_pic_order_always_zero_flag=0 offset_for_non_ref_pic=0
      offset_for_top_to_bottom_field=-65536 num_ref_frames_in_pic_order_cnt_cycle=0 max_num_ref_frames=1
      gaps_in_frame_num_allowed_flag=0 pic_width_in_mbs_minus1=19 pic_height_in_map_units_minus1=11
      frame_mbs_only_flag=1 direct_8x8_inference_flag=1 vui_parameters_present_flag=0
    `,
  },
  {
    name: 'HRD parameters of both kinds, three and two buffers',
    made: 'by hand, bit by bit',
    nalUnit:
      '6764001eacd941419aa890d000003e90000ea60da2803e9000088b8801f50000445ca00fac000222e6bdab8a45003e88000222e1001f48000111716f6ae39a088411a0',
    ffprobe: 'size=320x192 level=30 range=tv',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=30 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=19 pic_height_in_map_units_minus1=11 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      vui_parameters_present_flag=1 overscan_appropriate_flag=0 video_format=2 video_full_range_flag=0
      num_units_in_tick=1001 time_scale=60000 fixed_frame_rate_flag=1 cpb_removal_delay_length_minus1=22 dpb_output_delay_length_minus1=21
      pic_struct_present_flag=1
      motion_vectors_over_pic_boundaries_flag=0 max_bytes_per_pic_denom=2 max_bits_per_mb_denom=1
      log2_max_mv_length_horizontal=16 log2_max_mv_length_vertical=15 max_num_reorder_frames=1
      max_dec_frame_buffering=5
      chroma_sample_loc_type_top_field=3 chroma_sample_loc_type_bottom_field=5
    `,
  },
  {
    name: 'the greatest ticks and an unspecified aspect ratio',
    made: 'by hand, bit by bit',
    nalUnit: '6764001eacd941419b001fffffffffffffffe040',
    ffprobe: 'size=320x192 level=30',
    syntax: `
      profile_idc=100 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=30 seq_parameter_set_id=0 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=0 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=19 pic_height_in_map_units_minus1=11 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      vui_parameters_present_flag=1 aspect_ratio_idc=0 num_units_in_tick=4294967295 time_scale=4294967294
      fixed_frame_rate_flag=0 pic_struct_present_flag=0
    `,
  },
  {
    name: 'separate colour planes, different bit depths',
    made: 'by hand, bit by bit',
    nalUnit: '67f4001e9272db282833a642a0',
    syntax: `
      profile_idc=244 constraint_set0_flag=0 constraint_set1_flag=0 constraint_set2_flag=0 constraint_set3_flag=0
      constraint_set4_flag=0 constraint_set5_flag=0 level_idc=30 seq_parameter_set_id=0 chroma_format_idc=3
      separate_colour_plane_flag=1 bit_depth_luma_minus8=6 bit_depth_chroma_minus8=4 log2_max_frame_num_minus4=0
      pic_order_cnt_type=0 log2_max_pic_order_cnt_lsb_minus4=2 max_num_ref_frames=4 gaps_in_frame_num_allowed_flag=0
      pic_width_in_mbs_minus1=19 pic_height_in_map_units_minus1=11 frame_mbs_only_flag=1 direct_8x8_inference_flag=1
      frame_crop_left_offset=1 frame_crop_right_offset=2 frame_crop_top_offset=3 frame_crop_bottom_offset=4
      vui_parameters_present_flag=0
    `,
  },
  {
    name: 'the greatest identifier and counters, frame and field macroblocks adaptive',
    made: 'by hand, bit by bit',
    nalUnit: '6764fc33040b06c68460b424eb68',
    ffprobe: 'size=718x568 level=51',
    syntax: `
      profile_idc=100 constraint_set0_flag=1 constraint_set1_flag=1 constraint_set2_flag=1 constraint_set3_flag=1
      constraint_set4_flag=1 constraint_set5_flag=1 level_idc=51 seq_parameter_set_id=31 chroma_format_idc=1
      bit_depth_luma_minus8=0 bit_depth_chroma_minus8=0 log2_max_frame_num_minus4=12 pic_order_cnt_type=0
      log2_max_pic_order_cnt_lsb_minus4=12 max_num_ref_frames=16 gaps_in_frame_num_allowed_flag=1
      pic_width_in_mbs_minus1=44 pic_height_in_map_units_minus1=17 frame_mbs_only_flag=0
      mb_adaptive_frame_field_flag=1 direct_8x8_inference_flag=1 frame_crop_left_offset=1 frame_crop_right_offset=0
      frame_crop_top_offset=0 frame_crop_bottom_offset=2 vui_parameters_present_flag=0
    `,
  },
];

export const PICTURE_PARAMETER_SETS: readonly ParameterSetCase[] = [
  {
    name: 'cropped 4:2:0',
    made: 'ffmpeg -f lavfi -i testsrc=s=322x182:r=25 -vf format=yuv420p -c:v libx264 -profile:v high -x264-params ref=4:bframes=2',
    nalUnit: '68e938f2c8b0',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=3
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=1 weighted_bipred_idc=2 pic_init_qp_minus26=-3
      pic_init_qs_minus26=0 chroma_qp_index_offset=-2 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'cropped to an odd size, 4:4:4',
    made: 'ffmpeg -f lavfi -i testsrc=s=321x181:r=30 -vf format=yuv444p -c:v libx264 -profile:v high444',
    nalUnit: '68ebe3c44844',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=2
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=1 weighted_bipred_idc=2 pic_init_qp_minus26=-3
      pic_init_qs_minus26=0 chroma_qp_index_offset=4 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'cropped to an odd height, 4:2:2 10 bit',
    made: 'ffmpeg -f lavfi -i testsrc=s=322x181:r=30 -vf format=yuv422p10le -c:v libx264 -profile:v high422',
    nalUnit: '68ebe3cb22c0',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=2
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=1 weighted_bipred_idc=2 pic_init_qp_minus26=-3
      pic_init_qs_minus26=0 chroma_qp_index_offset=-2 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'sample aspect ratio 4:3, by index',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x240:r=25 -vf setsar=4/3,format=yuv420p -c:v libx264 -profile:v main',
    nalUnit: '68ebe3cb20',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=2
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=1 weighted_bipred_idc=2 pic_init_qp_minus26=-3
      pic_init_qs_minus26=0 chroma_qp_index_offset=-2 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'interlaced, cropped in units of four lines',
    made: 'ffmpeg -f lavfi -i testsrc=s=322x180:r=25 -vf format=yuv420p -c:v libx264 -flags +ilme+ildct -x264-params tff=1',
    nalUnit: '68fba3cb22c0',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=1 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=2
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=0 weighted_bipred_idc=2 pic_init_qp_minus26=-3
      pic_init_qs_minus26=0 chroma_qp_index_offset=-2 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'Baseline, output order is decoding order',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x180:r=15 -vf format=yuv420p -c:v libx264 -profile:v baseline',
    nalUnit: '68cb83cb20',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=0
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=2
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=0 weighted_bipred_idc=0 pic_init_qp_minus26=-3
      pic_init_qs_minus26=0 chroma_qp_index_offset=-2 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'HRD parameters, fixed frame rate',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x180:r=25 -vf format=yuv420p -c:v libx264 -x264-params nal-hrd=cbr:vbv-maxrate=500:vbv-bufsize=500:bitrate=500:force-cfr=1',
    nalUnit: '68ebecb22c',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=2
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=1 weighted_bipred_idc=2 pic_init_qp_minus26=0
      pic_init_qs_minus26=0 chroma_qp_index_offset=-2 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'lossless',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x180:r=25 -vf format=yuv444p -c:v libx264 -qp 0',
    nalUnit: '68ebc06bcb',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=2
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=1 weighted_bipred_idc=0 pic_init_qp_minus26=-26
      pic_init_qs_minus26=0 chroma_qp_index_offset=0 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: '1080p at level 4.1',
    made: 'ffmpeg -f lavfi -i testsrc=s=1920x1080:r=60 -vf format=yuv420p -c:v libx264 -level 4.1 -preset veryfast',
    nalUnit: '68ef8fcb',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=0
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=1 weighted_bipred_idc=2 pic_init_qp_minus26=-3
      pic_init_qs_minus26=0 chroma_qp_index_offset=0 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'intra only, 10 bit',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x180:r=25 -vf format=yuv420p10le -c:v libx264 -profile:v high10 -g 1',
    nalUnit: '68ee0f2c8b',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=0
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=0 weighted_bipred_idc=0 pic_init_qp_minus26=-3
      pic_init_qs_minus26=0 chroma_qp_index_offset=-2 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'scaling lists in the picture parameter set',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x180:r=25 -vf format=yuv420p -c:v libx264 -x264-params cqm=jvt',
    nalUnit: '68ebe3cb3002c0',
    syntax: `
      pic_scaling_matrix_present_flag=1
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=2
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=1 weighted_bipred_idc=2 pic_init_qp_minus26=-3
      pic_init_qs_minus26=0 chroma_qp_index_offset=-2 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'eight reference frames, a pyramid of B-frames',
    made: 'ffmpeg -f lavfi -i testsrc=s=320x180:r=25 -vf format=yuv420p -c:v libx264 -x264-params ref=8:bframes=8:b-pyramid=normal',
    nalUnit: '68e88e3cb22c',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=7
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=1 weighted_bipred_idc=2 pic_init_qp_minus26=-3
      pic_init_qs_minus26=0 chroma_qp_index_offset=-2 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'the media server: ems/clean/audio-starts-late',
    made: 'config.video of its truth file',
    nalUnit: '68cb80a4b2',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=0
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=2
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=0 weighted_bipred_idc=0 pic_init_qp_minus26=10
      pic_init_qs_minus26=0 chroma_qp_index_offset=-2 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'the media server: ems/clean/av-bframes',
    made: 'config.video of its truth file',
    nalUnit: '68ebe084b22c',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=2
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=1 weighted_bipred_idc=2 pic_init_qp_minus26=8
      pic_init_qs_minus26=0 chroma_qp_index_offset=-2 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'the media server: ems/clean/chunked',
    made: 'config.video of its truth file',
    nalUnit: '68ebe0c4b22c',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=2
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=1 weighted_bipred_idc=2 pic_init_qp_minus26=12
      pic_init_qs_minus26=0 chroma_qp_index_offset=-2 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'the media server: ems/clean/exactly-1024-keyframes',
    made: 'config.video of its truth file',
    nalUnit: '68ee0134b22c',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=0
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=0 weighted_bipred_idc=0 pic_init_qp_minus26=19
      pic_init_qs_minus26=0 chroma_qp_index_offset=-2 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'the media server: ems/clean/no-keyframe',
    made: 'config.video of its truth file',
    nalUnit: '68ebc0c4b22c',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=2
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=1 weighted_bipred_idc=0 pic_init_qp_minus26=12
      pic_init_qs_minus26=0 chroma_qp_index_offset=-2 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'the media server: ems/clean/samesize',
    made: 'config.video of its truth file',
    nalUnit: '68ce0472',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=0
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=0
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=0 weighted_bipred_idc=0 pic_init_qp_minus26=4
      pic_init_qs_minus26=0 chroma_qp_index_offset=0 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'the media server: ems/clean/surround-5.1',
    made: 'config.video of its truth file',
    nalUnit: '68ebe0e4b22c',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=2
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=1 weighted_bipred_idc=2 pic_init_qp_minus26=14
      pic_init_qs_minus26=0 chroma_qp_index_offset=-2 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'the media server: ems/clean/ts-ingest',
    made: 'config.video of its truth file',
    nalUnit: '68ebe0a4b22c',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=2
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=1 weighted_bipred_idc=2 pic_init_qp_minus26=10
      pic_init_qs_minus26=0 chroma_qp_index_offset=-2 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'the Go server: go-rtmp/complete/h264_aac',
    made: 'avc1 in its config.json',
    nalUnit: '68efbcb0',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=0
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=1 weighted_bipred_idc=2 pic_init_qp_minus26=0
      pic_init_qs_minus26=0 chroma_qp_index_offset=0 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'the Go server: go-rtmp/complete/realserver_ffrtmp_silence',
    made: 'avc1 in its config.json',
    nalUnit: '68ce3c80',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=0
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=0
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=0 weighted_bipred_idc=0 pic_init_qp_minus26=0
      pic_init_qs_minus26=0 chroma_qp_index_offset=0 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'the greatest identifier and counters, frame and field macroblocks adaptive',
    made: 'by hand, bit by bit',
    nalUnit: '68820b8053c8',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=31 entropy_coding_mode_flag=1
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=0 num_ref_idx_l0_default_active_minus1=0
      num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=0 weighted_bipred_idc=0 pic_init_qp_minus26=-20
      pic_init_qs_minus26=0 chroma_qp_index_offset=0 deblocking_filter_control_present_flag=1
      constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'run-length slice groups',
    made: 'by hand, bit by bit',
    nalUnit: '68c71615e3d8',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=0
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=2 slice_group_map_type=0
      num_ref_idx_l0_default_active_minus1=0 num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=0
      weighted_bipred_idc=0 pic_init_qp_minus26=0 pic_init_qs_minus26=0 chroma_qp_index_offset=0
      deblocking_filter_control_present_flag=1 constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=1
    `,
  },
  {
    name: 'dispersed slice groups',
    made: 'by hand, bit by bit',
    nalUnit: '68c1081007c790',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=0
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=7 slice_group_map_type=1
      num_ref_idx_l0_default_active_minus1=31 num_ref_idx_l1_default_active_minus1=30 weighted_pred_flag=0
      weighted_bipred_idc=0 pic_init_qp_minus26=0 pic_init_qs_minus26=0 chroma_qp_index_offset=0
      deblocking_filter_control_present_flag=1 constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'foreground slice groups',
    made: 'by hand, bit by bit',
    nalUnit: '68c6c80cc1f019700d41906640',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=0
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=2 slice_group_map_type=2
      num_ref_idx_l0_default_active_minus1=0 num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=0
      weighted_bipred_idc=0 pic_init_qp_minus26=-26 pic_init_qs_minus26=25 chroma_qp_index_offset=-12
      deblocking_filter_control_present_flag=1 constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'raster slice groups',
    made: 'by hand, bit by bit',
    nalUnit: '68d458531d40',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=0
      bottom_field_pic_order_in_frame_present_flag=1 num_slice_groups_minus1=1 slice_group_map_type=4
      slice_group_change_rate_minus1=19 num_ref_idx_l0_default_active_minus1=0 num_ref_idx_l1_default_active_minus1=0
      weighted_pred_flag=0 weighted_bipred_idc=0 pic_init_qp_minus26=0 pic_init_qs_minus26=0 chroma_qp_index_offset=0
      deblocking_filter_control_present_flag=0 constrained_intra_pred_flag=1 redundant_pic_cnt_present_flag=0
    `,
  },
  {
    name: 'explicit slice groups',
    made: 'by hand, bit by bit',
    nalUnit:
      '68c29c078029c05380a7014e029c05380a7014e029c05380a7014e029c05380a7014e029c05380a7014e029c05380a7014e029c05380a7014e029c05380a7014e029c05380a7014e029c05380a7014e029c05380a7014e029c05380a7014e770c480',
    syntax: `
      pic_parameter_set_id=0 seq_parameter_set_id=0 entropy_coding_mode_flag=0
      bottom_field_pic_order_in_frame_present_flag=0 num_slice_groups_minus1=4 slice_group_map_type=6
      num_ref_idx_l0_default_active_minus1=0 num_ref_idx_l1_default_active_minus1=0 weighted_pred_flag=1
      weighted_bipred_idc=1 pic_init_qp_minus26=0 pic_init_qs_minus26=0 chroma_qp_index_offset=12
      deblocking_filter_control_present_flag=1 constrained_intra_pred_flag=0 redundant_pic_cnt_present_flag=0
    `,
  },
];

/** The syntax elements of a case, by name. */
export function syntaxElements(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .trim()
      .split(/\s+/)
      .map((pair) => {
        const at = pair.indexOf('=');
        return [pair.slice(0, at), pair.slice(at + 1)];
      }),
  );
}
