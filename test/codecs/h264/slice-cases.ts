/**
 * Slices of H.264 in decoding order, each with what independent judges found. The syntax elements are those that ffmpeg's
 * trace_headers bitstream filter lists. `rank` is the place in output order of the access unit that the slice belongs to: of
 * encoded streams by the presentation times that ffprobe gives, of those made bit by bit by the order in which ffmpeg puts the
 * pictures out. None of it comes from our own parsers. Of each slice only the first bytes are here.
 */

export interface SliceStream {
  readonly name: string;
  /** How an encoder (libx264 by ffmpeg 9) was told to make it. */
  readonly made: string;
  /** NAL units, hexadecimal. */
  readonly parameterSets: readonly string[];
  /**
   * A line per slice: rank, first_mb_in_slice, slice_type, frame_num, structure, idr_pic_id, pic_order_cnt_lsb,
   * delta_pic_order_cnt_bottom, delta_pic_order_cnt[0] and [1], mmco5 if one of its memory management control operations
   * is 5, NAL unit; - where a syntax element is not there. Slices with the same rank are one access unit.
   */
  readonly slices: string;
}

export const SLICE_STREAMS: readonly SliceStream[] = [
  {
    name: 'no B-frames',
    made: 'ffmpeg -f lavfi -i testsrc=s=160x96:r=25 -frames:v 60 -pix_fmt yuv420p -c:v libx264 -bf 0 -g 25 (the first 20 frames)',
    parameterSets: ['6764000bacb2051b602200000002000000641e2854905490', '68ebc3cb22c0'],
    slices: `
      0 0 7 0 frame 0 - - - - - 6588840cfffef6ecbe053614a23b031c2edc02809ac7cc96
      1 0 5 1 frame - - - - - - 419a3b10cffe9e1c2f84009ae90cecf3acdc40758279245a
      2 0 5 2 frame - - - - - - 419a4f0864ca610cfffe9e101b8a28df27c61947a7f080e1
      3 0 5 3 frame - - - - - - 419a727843c994c0867ffe9e101b89b998742685aca00b95
      4 0 5 4 frame - - - - - - 419a927843c994c0867ffe9e101b8a28d8741cc08faeac79
      5 0 5 5 frame - - - - - - 419ab27843c994c0867ffe9e101c2cec8f5c394016d61438
      6 0 5 6 frame - - - - - - 419ad27843c994c0867ffe9e101c2cec8f62e9954e1d1f71
      7 0 5 7 frame - - - - - - 419af27843c994c0867ffe9e101b8a293a1003504d2e3893
      8 0 5 8 frame - - - - - - 419b127843c994c0867ffe9e101b8a28d86729a231f15005
      9 0 5 9 frame - - - - - - 419b327843c994c0867ffe9e101c2cec8f5b0c863d99bc00
      10 0 5 10 frame - - - - - - 419b527843c994c0867ffe9e101b8a293a1002cebae64dea
      11 0 5 11 frame - - - - - - 419b727843c994c0867ffe9e101b8a28ba2b08d865cc95fb
      12 0 5 12 frame - - - - - - 419b927843c994c0867ffe9e101b89b998742685aca008d3
      13 0 5 13 frame - - - - - - 419bb27843c994c0867ffe9e101c509a2717e1f380333219
      14 0 5 14 frame - - - - - - 419bd27843c994c0867ffe9e101b8a28d8233fea4445a008
      15 0 5 15 frame - - - - - - 419bf27843c994c0867ffe9e101b8a28ba29122a8777bf86
      16 0 5 0 frame - - - - - - 419a127843c994c0867ffe9e101c457ba95d61e37f080292
      17 0 5 1 frame - - - - - - 419a327843c994c0867ffe9e101c2cec8f5afddfc04c8ada
      18 0 5 2 frame - - - - - - 419a527843c994c0867ffe9e101b8a28d80d2912200a320c
      19 0 5 3 frame - - - - - - 419a727843c994c0867ffe9e101b8a293a10025ee3975754
    `,
  },
  {
    name: 'three B-frames, pic_order_cnt_lsb wrapping',
    made: 'ffmpeg -f lavfi -i testsrc=s=160x96:r=25 -frames:v 200 -pix_fmt yuv420p -c:v libx264 -bf 3 -g 100 -x264-params b-adapt=0 (the first 66 frames)',
    parameterSets: ['6764000bacd9428db01100000001000000320f1429962996', '68ebe3cb22c0'],
    slices: `
      0 0 7 0 frame 0 0 - - - - 658884003bfffef74ebf029b54afdd3193bb0380269b3acf
      4 0 5 1 frame - 8 - - - - 419a246c43bffe5427ded4fe0aa3d08f680156e836bbbffc
      2 0 6 2 frame - 4 - - - - 419e427885ff51a73826df7f21
      1 0 6 3 frame - 2 - - - - 019e617442bf569bc1761312a0
      3 0 6 3 frame - 6 - - - - 019e636a42bf0153
      8 0 5 3 frame - 16 - - - - 419a6849a84168994c0877fffea996040da319f0de96f4d7
      6 0 6 4 frame - 12 - - - - 419e8645112c2fff00f381
      5 0 6 5 frame - 10 - - - - 019ea57442bf0153
      7 0 6 5 frame - 14 - - - - 019ea76a42bf0153
      12 0 5 5 frame - 24 - - - - 419aac49a8416c994c0877fffea996040a57ee5e3d7e0015
      10 0 6 6 frame - 20 - - - - 419eca45152c2fff00f381
      9 0 6 7 frame - 18 - - - - 019ee97442bf0153
      11 0 6 7 frame - 22 - - - - 019eeb6a42bf0153
      16 0 5 7 frame - 32 - - - - 419af049a8416c994c0877fffea996040a578a9e0e0dac0a
      14 0 6 8 frame - 28 - - - - 419f0e45152c2fff011e8c24d2415661
      13 0 6 9 frame - 26 - - - - 019f2d7442bf0153
      15 0 6 9 frame - 30 - - - - 019f2f6a42bf0153
      20 0 5 9 frame - 40 - - - - 419b3449a8416c994c0877fffea996040a57bc7f0eee5f90
      18 0 6 10 frame - 36 - - - - 419f5245152c2fff00f381
      17 0 6 11 frame - 34 - - - - 019f717442bf0153
      19 0 6 11 frame - 38 - - - - 019f736a42bf0153
      24 0 5 11 frame - 48 - - - - 419b7849a8416c994c0877fffea996049f5cda27ef1f713b
      22 0 6 12 frame - 44 - - - - 419f9645152c2fff00f380
      21 0 6 13 frame - 42 - - - - 019fb57442bf0153
      23 0 6 13 frame - 46 - - - - 019fb76a42bf0153
      28 0 5 13 frame - 56 - - - - 419bbc49a8416c994c0877fffea9961e1c5623ed2fbb0044
      26 0 6 14 frame - 52 - - - - 419fda45152c2fff03244e8c0521
      25 0 6 15 frame - 50 - - - - 019ff97442bf040ff5b79e70
      27 0 6 15 frame - 54 - - - - 019ffb6a42bf0153
      32 0 5 15 frame - 0 - - - - 419be049a8416c994c0877fffea996040a57bc7e0c8f005c
      30 0 6 0 frame - 60 - - - - 419e1e45152c2fff00f380
      29 0 6 1 frame - 58 - - - - 019e3d7442bf0153
      31 0 6 1 frame - 62 - - - - 019e3f6a42bf0153
      36 0 5 1 frame - 8 - - - - 419a2449a8416c994c0877fffea996040a57bc6a6000831b
      34 0 6 2 frame - 4 - - - - 419e4245152c2fff00f381
      33 0 6 3 frame - 2 - - - - 019e617442bf0153
      35 0 6 3 frame - 6 - - - - 019e636a42bf0153
      40 0 5 3 frame - 16 - - - - 419a6849a8416c994c0877fffea996040da2f8b0dfc65838
      38 0 6 4 frame - 12 - - - - 419e8645152c2fff017adf543dd83d81
      37 0 6 5 frame - 10 - - - - 019ea57442bf0153
      39 0 6 5 frame - 14 - - - - 019ea76a42bf015a5a5a60
      44 0 5 5 frame - 24 - - - - 419aac49a8416c994c0877fffea99605f529d804b448edf6
      42 0 6 6 frame - 20 - - - - 419eca45152c2fff00f7f03f59
      41 0 6 7 frame - 18 - - - - 019ee97442bf0153
      43 0 6 7 frame - 22 - - - - 019eeb6a42bf0153
      48 0 5 7 frame - 32 - - - - 419af049a8416c994c0877fffea996040a57bc78b46b40ec
      46 0 6 8 frame - 28 - - - - 419f0e45152c2fff00f381
      45 0 6 9 frame - 26 - - - - 019f2d7442bf0153
      47 0 6 9 frame - 30 - - - - 019f2f6a42bf0153
      52 0 5 9 frame - 40 - - - - 419b3449a8416c994c0877fffea9961d21d00036dbc54365
      50 0 6 10 frame - 36 - - - - 419f5245152c2fff03244e8c0521
      49 0 6 11 frame - 34 - - - - 019f717442bf04147878bce0
      51 0 6 11 frame - 38 - - - - 019f736a42bf0153
      56 0 5 11 frame - 48 - - - - 419b7849a8416c994c0877fffea996051cd26002d5e4e870
      54 0 6 12 frame - 44 - - - - 419f9645152c2fff00f380
      53 0 6 13 frame - 42 - - - - 019fb57442bf0153
      55 0 6 13 frame - 46 - - - - 019fb76a42bf0153
      60 0 5 13 frame - 56 - - - - 419bbc49a8416c994c0877fffea996040a578a8a60009a73
      58 0 6 14 frame - 52 - - - - 419fda45152c2fff00f381
      57 0 6 15 frame - 50 - - - - 019ff97442bf0153
      59 0 6 15 frame - 54 - - - - 019ffb6a42bf0153
      64 0 5 15 frame - 0 - - - - 419be049a8416c994c0877fffea996040bf5889002005991
      62 0 6 0 frame - 60 - - - - 419e1e45152c2fff00f380
      61 0 6 1 frame - 58 - - - - 019e3d7442bf0153
      63 0 6 1 frame - 62 - - - - 019e3f6a42bf0153
      65 0 5 1 frame - 8 - - - - 419a2449a8416c994c0877fffea996041026ef201160a00a
    `,
  },
  {
    name: 'B-frames that others refer to',
    made: 'ffmpeg -f lavfi -i testsrc=s=160x96:r=25 -frames:v 200 -pix_fmt yuv420p -c:v libx264 -bf 7 -g 60 -x264-params b-adapt=0:b-pyramid=normal:ref=8:weightp=2 (the first 40 frames)',
    parameterSets: ['6764000bac52090a36c04400000004000000c83c50a626a626', '68e88e3cb22c'],
    slices: `
      0 0 7 0 frame 0 0 - - - - 658882000ffffef7689f029b5e5d31db2fc82ae803961898
      8 0 5 1 frame - 16 - - - - 419a121b10fffea9961d5105f0023bf87124053b5d5b30ac
      4 0 6 2 frame - 8 - - - - 419e211e219f026391139739da3bdfb0e9c2d1
      1 0 6 3 frame - 2 - - - - 019e305d10af040ff5b79e70
      2 0 6 3 frame - 4 - - - - 019e309d10af040ff6c041
      3 0 6 3 frame - 6 - - - - 019e30dd10af0153
      5 0 6 3 frame - 10 - - - - 019e315a90af0153
      6 0 6 3 frame - 12 - - - - 019e319a90af0153
      7 0 6 3 frame - 14 - - - - 019e31da90af0153
      16 0 5 3 frame - 32 - - - - 419a34126a08168994c087fffea996040a5ac30a6100165e
      12 0 6 4 frame - 24 - - - - 419e431b8867ff0114e3075f211bb4ba09f0729de7f71155
      9 0 6 5 frame - 18 - - - - 019e525b442bff0153
      10 0 6 5 frame - 20 - - - - 019e529b442bff0153
      11 0 6 5 frame - 22 - - - - 019e52db442bff0153
      13 0 6 5 frame - 26 - - - - 019e5359242bff0153
      14 0 6 5 frame - 28 - - - - 019e5399242bff0153
      15 0 6 5 frame - 30 - - - - 019e53d9242bff0153
      24 0 5 5 frame - 48 - - - - 419a56136a0816d68994c0087ffffea99603eeb23e783a1d
      20 0 6 6 frame - 40 - - - - 419e65196219ff0140b35b1102f586852daa0e895fde6aea
      17 0 6 7 frame - 34 - - - - 019e7459510aff0153
      18 0 6 7 frame - 36 - - - - 019e7499510aff0153
      19 0 6 7 frame - 38 - - - - 019e74d9510aff0153
      21 0 6 7 frame - 42 - - - - 019e7559a42bff0153
      22 0 6 7 frame - 44 - - - - 019e7599a42bff0153
      23 0 6 7 frame - 46 - - - - 019e75d9a42bff0153
      32 0 5 7 frame - 64 - - - - 419a780d4102dadad132980010fffea9961d73e2df822ca0
      28 0 6 8 frame - 56 - - - - 419e8719e50846c33f0263911383db1154d7148e2141065c
      25 0 6 9 frame - 50 - - - - 019e9659510aff040ff5b79e70
      26 0 6 9 frame - 52 - - - - 019e9699510aff040ff5b79e71
      27 0 6 9 frame - 54 - - - - 019e96d9510aff040ff5b79e71
      29 0 6 9 frame - 58 - - - - 019e9759a42bff0153
      30 0 6 9 frame - 60 - - - - 019e9799a42bff0153
      31 0 6 9 frame - 62 - - - - 019e97d9a42bff0153
      39 0 5 9 frame - 80 - - - - 419a9a0d4102dadad932980010fffea996061fa0c206407b
      36 0 6 10 frame - 72 - - - - 419ea919e50946c33f0114e3118fc401bd367f6f539e4dda
      33 0 6 11 frame - 66 - - - - 019eb859510aff0153
      34 0 6 11 frame - 68 - - - - 019eb899510aff0153
      35 0 6 11 frame - 70 - - - - 019eb8d9510aff0153
      37 0 6 11 frame - 74 - - - - 019eb959a42bff0153
      38 0 6 11 frame - 76 - - - - 019eb999a42bff0153
    `,
  },
  {
    name: 'B-frames that others refer to, four slices a picture',
    made: 'ffmpeg -f lavfi -i testsrc=s=160x96:r=25 -frames:v 100 -pix_fmt yuv420p -c:v libx264 -bf 4 -g 60 -x264-params b-adapt=0:b-pyramid=strict:bluray-compat=1:level=4.1:vbv-maxrate=1000:vbv-bufsize=1000:slices=4 (the first 8 frames)',
    parameterSets: ['67640029acd9028db0110000000100000032604000f424001e84a4a30078c18cb08cb0', '68ebe3cb22c0'],
    slices: `
      0 0 7 0 frame 0 0 - - - - 658884003bfffef74ebf029b54afdd3193bb0380269b3acf
      0 20 7 0 frame 0 0 - - - - 650a8884003bfffef74ebf029b54af3f3b07f66480222b75
      0 30 7 0 frame 0 0 - - - - 650f8884003bfffef74ebf029b54aef1fce2032401309633
      0 50 7 0 frame 0 0 - - - - 650662210015ff9b29b44a73e7f948068289e26745dceed3
      4 0 5 1 frame - 8 - - - - 419a246c43bffe5427ded4fe0aeac0
      4 20 5 1 frame - 8 - - - - 410a9a246c43bffeaa8580
      4 30 5 1 frame - 8 - - - - 410f9a246c43bffea98c3de4a1d5aea5aaf70021bb8ff9ff
      4 50 5 1 frame - 8 - - - - 410666891b115ff91344f2e39b94e9b093357d57e2935676
      2 0 6 2 frame - 4 - - - - 219e427885ff51a7391f
      2 20 6 2 frame - 4 - - - - 210a9e427885ff17f1
      2 30 6 2 frame - 4 - - - - 210f9e427885ff063d
      2 50 6 2 frame - 4 - - - - 210667909e212f8081
      1 0 6 3 frame - 2 - - - - 019e617442bf569bc271
      1 20 6 3 frame - 2 - - - - 010a9e617442bf1c50
      1 30 6 3 frame - 2 - - - - 010f9e617442bf07e4
      1 50 6 3 frame - 2 - - - - 010667985d10b78880
      3 0 6 3 frame - 6 - - - - 019e636a42bf07e5
      3 20 6 3 frame - 6 - - - - 010a9e636a42bf1c51
      3 30 6 3 frame - 6 - - - - 010f9e636a42bf07e5
      3 50 6 3 frame - 6 - - - - 01066798da90b78881
      7 0 5 3 frame - 16 - - - - 419a6856b2615c3bfffea99757
      7 20 5 3 frame - 16 - - - - 410a9a6856b2615c3bfffeaa8581
      7 30 5 3 frame - 16 - - - - 410f9a6856b2615c3bfffeaa81312a7002004ac044b34dbc
      7 50 5 3 frame - 16 - - - - 4106669a15ac985719fff69a987a7fa2e2f574fff370f664
      6 0 6 4 frame - 12 - - - - 219e867944c2ff063d
      6 20 6 4 frame - 12 - - - - 210a9e867944c2ff17f1
      6 30 6 4 frame - 12 - - - - 210f9e867944c2ff063d
      6 50 6 4 frame - 12 - - - - 210667a19e5130978081
      5 0 6 5 frame - 10 - - - - 019ea57442bf07e5
      5 20 6 5 frame - 10 - - - - 010a9ea57442bf1c51
      5 30 6 5 frame - 10 - - - - 010f9ea57442bf07e5
      5 50 6 5 frame - 10 - - - - 010667a95d10b78881
    `,
  },
  {
    name: 'open groups of pictures',
    made: 'ffmpeg -f lavfi -i testsrc=s=160x96:r=25 -frames:v 200 -pix_fmt yuv420p -c:v libx264 -bf 3 -g 20 -x264-params open-gop=1:b-adapt=0 (the first 48 frames)',
    parameterSets: ['6764000bacd9428db01100000001000000320f1429962996', '68ebe3cb22c0'],
    slices: `
      0 0 7 0 frame 0 0 - - - - 658884003bfffef74ebf029b54afdd3193989000b06ceb1a
      4 0 5 1 frame - 8 - - - - 419a246c43bffea9fd2074005b076e188202098e9e36de13
      2 0 6 2 frame - 4 - - - - 419e427885ff03244e88e79ecd41
      1 0 6 3 frame - 2 - - - - 019e617442bf040ff5b66ad3a0
      3 0 6 3 frame - 6 - - - - 019e636a42bf025ec7b581
      8 0 5 3 frame - 16 - - - - 419a6849a84168994c0877fffea996047b9d9ff27e04e8e7
      6 0 6 4 frame - 12 - - - - 419e8645112c2fff01c3161281
      5 0 6 5 frame - 10 - - - - 019ea57442bf025dbdba1dc5
      7 0 6 5 frame - 14 - - - - 019ea76a42bf0153
      12 0 5 5 frame - 24 - - - - 419aac49a8416c994c0877fffea996040a57bc7e3ef45dc0
      10 0 6 6 frame - 20 - - - - 419eca45152c2fff011e906aeb
      9 0 6 7 frame - 18 - - - - 019ee97442bf0153
      11 0 6 7 frame - 22 - - - - 019eeb6a42bf0153
      16 0 5 7 frame - 32 - - - - 419af049a8416c994c0877fffea996040a57bc7e152a3c18
      14 0 6 8 frame - 28 - - - - 419f0e45152c2fff00f381
      13 0 6 9 frame - 26 - - - - 019f2d7442bf0153
      15 0 6 9 frame - 30 - - - - 019f2f6a42bf0153
      20 0 7 9 frame - 40 - - - - 4188cd0047fffef7881f32cb6f982b1f2fc832280225bb71
      18 0 6 10 frame - 36 - - - - 419f5245152c2fff01c3a50941
      17 0 6 11 frame - 34 - - - - 019f717442bf170a12ce80
      19 0 6 11 frame - 38 - - - - 019f736a42bf04158685bf622a
      24 0 5 11 frame - 48 - - - - 419b787a2651170efffea99891f440071e40ddf5a56c5aae
      22 0 6 12 frame - 44 - - - - 419f967885ff077bb13b2dc4b4
      21 0 6 13 frame - 42 - - - - 019fb57442bf096e885a6905
      23 0 6 13 frame - 46 - - - - 019fb76a42bf025ec7b581
      28 0 5 13 frame - 56 - - - - 419bbc49a8416c994c0877fffea9961e0f88bb7c9cbcbbb0
      26 0 6 14 frame - 52 - - - - 419fda45152c2fff066ab61a5619d62f67
      25 0 6 15 frame - 50 - - - - 019ff97442bf088651c2e6b096addc50
      27 0 6 15 frame - 54 - - - - 019ffb6a42bf0892c151
      32 0 5 15 frame - 0 - - - - 419be049a8416c994c0877fffea996049f5cda27ef1f3cdf
      30 0 6 0 frame - 60 - - - - 419e1e45152c2fff06c8672b40
      29 0 6 1 frame - 58 - - - - 019e3d7442bf08864771
      31 0 6 1 frame - 62 - - - - 019e3f6a42bf0892c151
      36 0 5 1 frame - 8 - - - - 419a2449a8416c994c0877fffea996040a57ee5e485f9004
      34 0 6 2 frame - 4 - - - - 419e4245152c2fff06c8672b41
      33 0 6 3 frame - 2 - - - - 019e617442bf088647cc302008
      35 0 6 3 frame - 6 - - - - 019e636a42bf0892c151
      40 0 7 3 frame - 16 - - - - 41889a0047fffef7881f32cb6f982b1f2fc832280225bb71
      38 0 6 4 frame - 12 - - - - 419e8645152c2fff06bd6ddadab18dc75318e5
      37 0 6 5 frame - 10 - - - - 019ea57442bf08864822a7e021
      39 0 6 5 frame - 14 - - - - 019ea76a42bf0272a2512a
      44 0 5 5 frame - 24 - - - - 419aac7a2651170efffea9961d4f02a002321d24c3abf57b
      42 0 6 6 frame - 20 - - - - 419eca7885ff01d5f27cc1
      41 0 6 7 frame - 18 - - - - 019ee97442bf0153
      43 0 6 7 frame - 22 - - - - 019eeb6a42bf0153
      47 0 5 7 frame - 32 - - - - 419af049a8416c994c0877fffea99603ee2d404d3f9c0200
      46 0 6 8 frame - 28 - - - - 419f0e45152c2fff00f7efab65
      45 0 6 9 frame - 26 - - - - 019f2d7442bf0153
    `,
  },
  {
    name: 'intra refresh in place of I-frames',
    made: 'ffmpeg -f lavfi -i testsrc=s=160x96:r=25 -frames:v 200 -pix_fmt yuv420p -c:v libx264 -bf 2 -g 30 -x264-params intra-refresh=1 (the first 16 frames)',
    parameterSets: ['6764000bacd9028db01100000001000000320f1429962996', '68ef8f2c8b'],
    slices: `
      0 0 7 0 frame 0 0 - - - - 6588840033fffef6ecbe053614a23b031c2edc036c3cc95b
      1 0 5 1 frame - 2 - - - - 419a211886fffea836995c01cb3be673aa37549488f63b1c
      3 0 5 2 frame - 6 - - - - 419a4318867ffe9e145b1e403265fd81315e73f40ec3863e
      2 0 6 3 frame - 4 - - - - 019e62442bff025e016b
      4 0 5 3 frame - 8 - - - - 419a64194f0cfffe9e101c4fd076900412165aa8c5189610
      5 0 5 4 frame - 10 - - - - 419a85194f0dfffea78407e34d295f5b4025b10020a96e36
      7 0 5 5 frame - 14 - - - - 419aa7194f0dfffea78407e2d18063263d2819a0008893f6
      6 0 6 6 frame - 12 - - - - 019ec6442bff0153
      9 0 5 6 frame - 18 - - - - 419ac9194f0dfffea78407e2d1806663f00070f955c480d9
      8 0 6 7 frame - 16 - - - - 019ee8442bff0153
      10 0 5 7 frame - 20 - - - - 419aea194f0dfffea78407afd891810a2f3d465ee3637323
      13 0 5 8 frame - 26 - - - - 419b0d194f0cfffe9e101c4e1626f9b46ea00fe289231a65
      11 0 6 9 frame - 22 - - - - 219f2b453c2bff0153
      12 0 6 10 frame - 24 - - - - 019f4c442bff0153
      14 0 5 10 frame - 28 - - - - 419b4e344cae1bfffea78407e34d295f5b5ab3a758af5ece
      15 0 5 11 frame - 32 - - - - 419b701944c37ffea78407af25890850803738f209f2bdaf
    `,
  },
  {
    name: 'interlaced frames, top field first',
    made: 'ffmpeg -f lavfi -i testsrc=s=160x96:r=25 -frames:v 100 -pix_fmt yuv420p -c:v libx264 -flags +ilme+ildct -bf 3 -g 50 -x264-params tff=1:b-adapt=0 (the first 24 frames)',
    parameterSets: ['67640015acd9429b602200000002000000643e28532c532c', '68fba3cb22c0'],
    slices: `
      0 0 7 0 frame 0 1 -1 - - - 6588820b03bff6f74ebf029b54c2501bda632775a7004d36
      4 0 5 1 frame - 9 -1 - - - 419a225e43bffeec463f7b54756061f7df80169ca822b2d7
      2 0 6 2 frame - 5 -1 - - - 419e415f885fff22d7beef01c56434b0785e2041
      1 0 6 3 frame - 3 -1 - - - 019e60df442bff2751a351a0
      3 0 6 3 frame - 7 -1 - - - 019e61dea42bff02b9b93865c1
      8 0 5 3 frame - 17 -1 - - - 419a645b4b4443bffeede80487815cf155425dd2d3ba2e80
      6 0 6 4 frame - 13 -1 - - - 419e835c5112c2ff0770833dc9f4a1
      5 0 6 5 frame - 11 -1 - - - 019ea2df442bff02b8770c4b81
      7 0 6 5 frame - 15 -1 - - - 019ea3dea42bff02b9baaa80
      12 0 5 5 frame - 25 -1 - - - 419aa65b4b6443bffeede804169f23e0949e877cbb537b40
      10 0 6 6 frame - 21 -1 - - - 419ec55c5152c2ff0770833e005b01b381
      9 0 6 7 frame - 19 -1 - - - 019ee4df442bff02b87a53
      11 0 6 7 frame - 23 -1 - - - 019ee5dea42bff02b9baaa80
      16 0 5 7 frame - 33 -1 - - - 419ae85b4b6443bffeede804169f23e0f7da9877ca047cb8
      14 0 6 8 frame - 29 -1 - - - 419f075c5152c2ff0770833df951
      13 0 6 9 frame - 27 -1 - - - 019f26df442bff02b87a53
      15 0 6 9 frame - 31 -1 - - - 019f27dea42bff02b9baaa80
      20 0 5 9 frame - 41 -1 - - - 419b2a5b4b6443bffeede804169efc60fec4249193edda6a
      18 0 6 10 frame - 37 -1 - - - 419f495c5152c2ff0770833df951
      17 0 6 11 frame - 35 -1 - - - 019f68df442bff02b87a53
      19 0 6 11 frame - 39 -1 - - - 019f69dea42bff02b9baaa80
      23 0 5 11 frame - 49 -1 - - - 419b6c5b4b6443bffeede804169f4b6125d82a2f698a8285
      22 0 6 12 frame - 45 -1 - - - 419f8b5c5152c2ff0770833df950
      21 0 6 13 frame - 43 -1 - - - 019faadf442bff02b87a53
    `,
  },
  {
    name: 'interlaced frames, bottom field first',
    made: 'ffmpeg -f lavfi -i testsrc=s=160x96:r=25 -frames:v 100 -pix_fmt yuv420p -c:v libx264 -flags +ilme+ildct -bf 3 -g 50 -x264-params bff=1:b-adapt=0 (the first 12 frames)',
    parameterSets: ['67640015acd9429b602200000002000000643e28532c532c', '68fba3cb22c0'],
    slices: `
      0 0 7 0 frame 0 1 -1 - - - 6588820b03bff6f74ebf029b54c2501bda632775a7004d36
      4 0 5 1 frame - 9 -1 - - - 419a225e43bffeec463f7b54756061f7df80169ca822b2d7
      2 0 6 2 frame - 5 -1 - - - 419e415f885fff22d7beef01c56434b0785e2041
      1 0 6 3 frame - 3 -1 - - - 019e60df442bff2751a351a0
      3 0 6 3 frame - 7 -1 - - - 019e61dea42bff02b9b93865c1
      8 0 5 3 frame - 17 -1 - - - 419a645b4b4443bffeede80487815cf155425dd2d3ba2e80
      6 0 6 4 frame - 13 -1 - - - 419e835c5112c2ff0770833dc9f4a1
      5 0 6 5 frame - 11 -1 - - - 019ea2df442bff02b8770c4b81
      7 0 6 5 frame - 15 -1 - - - 019ea3dea42bff02b9baaa80
      11 0 5 5 frame - 25 -1 - - - 419aa65b4b6443bffeede804169f23e0949e877cbb537b40
      10 0 6 6 frame - 21 -1 - - - 419ec55c5152c2ff0770833e005b01b381
      9 0 6 7 frame - 19 -1 - - - 019ee4df442bff02b87a53
    `,
  },
  {
    name: 'weighted prediction through a fade',
    made: 'ffmpeg -f lavfi -i testsrc=s=160x96:r=25 -frames:v 150 -vf fade=in:0:60,fade=out:80:60,format=yuv420p -c:v libx264 -bf 3 -g 75 -x264-params weightp=2:weightb=1:b-adapt=0 (the first 36 frames)',
    parameterSets: ['6764000bacd9428db01100000001000000320f1429962996', '68ebe3cb22c0'],
    slices: `
      0 0 7 0 frame 0 0 - - - - 658884002bfffef6737c0a6b6db0952e0576f766a3e5d092
      1 0 7 1 frame - 2 - - - - 41888840cffef6ecbe053614ab228f342b2aba83c33f5bfe
      5 0 5 2 frame - 10 - - - - 419a4549e108432170154022e40080900203015402340877
      3 0 6 3 frame - 6 - - - - 419e636a53c2ff42ed7e39587cc35e8b72972a
      2 0 6 4 frame - 4 - - - - 019e827442bf5aa417621cd5d91a7d4889288195fed89e32
      4 0 6 4 frame - 8 - - - - 019e846a42bf48ee26c47b63537682b07c9a58b9f8bd1fc1
      9 0 5 4 frame - 18 - - - - 419a894ba842105a214d0741b81e007081d806cc1d074021
      7 0 6 5 frame - 14 - - - - 419ea745112c2fff00f381
      6 0 6 6 frame - 12 - - - - 019ec67442bf58051e19699e9642f365f9210108284b1cff
      8 0 6 6 frame - 16 - - - - 019ec86a42bf57a6e77631c5701bda01d68da9116f6a591d
      13 0 5 6 frame - 26 - - - - 419acd4ba842105b214f05c3e02d80da02e00e305c110087
      11 0 6 7 frame - 22 - - - - 419eeb45152c2fff42ee6919c3fa96dee24e0bb914371591
      10 0 6 8 frame - 20 - - - - 019f0a7442bf58051d31dfb22f365f920abd983965fa16eb
      12 0 6 8 frame - 24 - - - - 019f0c6a42bf5aa28d199f9c58cb2de6e585
      17 0 5 8 frame - 34 - - - - 419b114ba842105b214f0542e02a80aa029809b05434021d
      15 0 6 9 frame - 30 - - - - 419f2f45152c2fff556b25d014da73701fe8a182ebefec62
      14 0 6 10 frame - 28 - - - - 019f4e7442bf479a6f365f920f67b500fbc478da5b6a6956
      16 0 6 10 frame - 32 - - - - 019f506a42bf1dfb5a79dde8a67670d80917b97b643d55b9
      21 0 5 10 frame - 42 - - - - 419b554ba842105b218f0271e02701c809e07b0270900877
      19 0 6 11 frame - 38 - - - - 419f7345152c2fff5569e7f3027da8117fad90ef0f107f8d
      18 0 6 12 frame - 36 - - - - 019f927442bf58054fcea7ee52c3ac645033825437861de9
      20 0 6 12 frame - 40 - - - - 019f946a42bf57a6ce98f2976d4442377e1b70d6893400e1
      25 0 5 12 frame - 50 - - - - 419b994ba842105b21cf01342602681a809806301342c021
      23 0 6 13 frame - 46 - - - - 419fb745152c2fff061d2de5249c59f8c00dd234c3dc17fe
      22 0 6 14 frame - 44 - - - - 019fd67442bf58054fcb1bc75b0eb19140cf6444bf1310c7
      24 0 6 14 frame - 48 - - - - 019fd86a42bf03e564f683dd5001f372d2c2dd5acb18c0
      29 0 5 14 frame - 58 - - - - 419bdd4ba842105b218d0251604a05204a0530251c021dff
      27 0 6 15 frame - 54 - - - - 419ffb45152c2fff0ae29e3aee999e23ced8
      26 0 6 0 frame - 52 - - - - 019e1a7442bf212817ab6fc9063089e432e6a11c3e27e976
      28 0 6 0 frame - 56 - - - - 019e1c6a42bf5aa41d0615cd505f0dd9918e0d06dbb3118d
      33 0 5 0 frame - 2 - - - - 419a014ba842105b21cf01245809204a025014c0491c021d
      31 0 6 1 frame - 62 - - - - 419e3f45152c2fff556b25cff230ed629b9ced110e5b33fc
      30 0 6 2 frame - 60 - - - - 019e5e7442bf58051e189dbe070085e1bb3231fa400001ad
      32 0 6 2 frame - 0 - - - - 019e406a42bf57a6e7760ce6401ce3cae8a8048206aad848
      35 0 5 2 frame - 10 - - - - 419a454ba842105b210f091602383a02383b091c021dffe9
      34 0 6 3 frame - 6 - - - - 419e6345152c2fff556b25d0152a76110fd38ed055a227a5
    `,
  },
  {
    name: 'weighted prediction without chroma',
    made: 'ffmpeg -f lavfi -i testsrc=s=160x96:r=25 -frames:v 100 -vf fade=in:0:60,format=gray -c:v libx264 -bf 3 -g 75 -x264-params weightp=2:b-adapt=0 (the first 20 frames)',
    parameterSets: ['6764000bf3650a36c05b200000002000000641e28532c0c0', '68ebe3cb22c0'],
    slices: `
      0 0 7 0 frame 0 0 - - - - 658884002bfffef5dbf32cae6e9a36def63736093f1688a3
      1 0 7 1 frame - 2 - - - - 41888840effef6fcfc0a6d8f4f3f83c3d39e91500970e377
      5 0 5 2 frame - 10 - - - - 419a4549e108432160259404b443bf9790d9238d7994a4ce
      3 0 6 3 frame - 6 - - - - 419e636a53c2ff00f380
      2 0 6 4 frame - 4 - - - - 019e827442bf45d00efb55e369846b85bbff2b832c010020
      4 0 6 4 frame - 8 - - - - 019e846a42bf47efde6cbf241e3e4670f329f4a9
      9 0 5 4 frame - 18 - - - - 419a894ba842105a21e039b01ccc21dfe9bc984c74abd941
      7 0 6 5 frame - 14 - - - - 419ea745112c2fff00f381
      6 0 6 6 frame - 12 - - - - 019ec67442bf47efde6cbf241fc7d2b4b2322feeb97bb794
      8 0 6 6 frame - 16 - - - - 019ec86a42bf47efde6cbf241e3e479b6e5e975ed9c1ce98
      13 0 5 6 frame - 26 - - - - 419acd4ba842105b21e02eb0174c21dff9f4df9085aaf7dc
      11 0 6 7 frame - 22 - - - - 419eeb45152c2fff00f380
      10 0 6 8 frame - 20 - - - - 019f0a7442bf47efde6cbf241fc7d2b4b24b1ed3d5d8b63b
      12 0 6 8 frame - 24 - - - - 019f0c6a42bf47efde6cbf241e3e4670f329f4a9
      17 0 5 8 frame - 34 - - - - 419b114ba842105b2160ab054c21dfe9c6e582ac10d728c3
      15 0 6 9 frame - 30 - - - - 419f2f45152c2fff00f381
      14 0 6 10 frame - 28 - - - - 019f4e7442bf47efde6cbf241fc7d2d026d65d017d979073
      16 0 6 10 frame - 32 - - - - 019f506a42bf47efde6cbf241e3e4670f32a20b9e560
      19 0 5 10 frame - 42 - - - - 419b554ba842105b21e027b013cc21dffea9988e03b003ba
      18 0 6 11 frame - 38 - - - - 419f7345152c2fff00f380
    `,
  },
  {
    name: 'weighted prediction in 4:4:4',
    made: 'ffmpeg -f lavfi -i testsrc=s=160x96:r=25 -frames:v 100 -vf fade=in:0:60,format=yuv444p -c:v libx264 -bf 3 -g 75 -x264-params weightp=2:b-adapt=0 (the first 16 frames)',
    parameterSets: ['67f4000b919b2851b602200000002000000641e28532c0c0', '68ebe3c44844'],
    slices: `
      0 0 7 0 frame 0 0 - - - - 658884002bfffef5dbf32cac66673dfff07b653d19d16017
      1 0 7 1 frame - 2 - - - - 41888840cffef686f814d85323927c231a72a048fc4c520a
      5 0 5 2 frame - 10 - - - - 419a4549e108432170154022e40080900203015402340877
      3 0 6 3 frame - 6 - - - - 419e636a53c2ff53fcf756ab2d0baf69d565a19371b5fc80
      2 0 6 4 frame - 4 - - - - 019e827442bf47e40eebdb2538bfb75426587f481924bb
      4 0 6 4 frame - 8 - - - - 019e846a42bf07c2af6891
      9 0 5 4 frame - 18 - - - - 419a894ba842105a214f0741b80ee01ba03b006cc1d07402
      7 0 6 5 frame - 14 - - - - 419ea745112c2fff41ce7b22de62d464daf0ab8b38ffba3a
      6 0 6 6 frame - 12 - - - - 019ec67442bf58a8530dea32d3de67b0130017edc35869b0
      8 0 6 6 frame - 16 - - - - 019ec86a42bf59319ebad461f8bfd2d72b48ab0c37fe4b57
      13 0 5 6 frame - 26 - - - - 419acd4ba842105b214d05c3e05a03481700e305c1100877
      11 0 6 7 frame - 22 - - - - 419eeb45152c2fff41cda2d565a15c36f316a17de5333f97
      10 0 6 8 frame - 20 - - - - 019f0a7442bf58036abb6ef80a907e211c030130021ede18
      12 0 6 8 frame - 24 - - - - 019f0c6a42bf0f74b0066b445a76777fed55f5f372cbaab2
      15 0 5 8 frame - 34 - - - - 419b114ba842105b214f0542e02a80aa02a80ab05434021d
      14 0 6 9 frame - 30 - - - - 419f2f45152c2fff53fcf756ab2d0be153c59c7fcd5f1454
    `,
  },
  {
    name: 'sixteen B-frames in a row',
    made: 'ffmpeg -f lavfi -i testsrc=s=160x96:r=25 -frames:v 300 -pix_fmt yuv420p -c:v libx264 -bf 16 -g 250 -x264-params b-adapt=0:b-pyramid=normal:ref=16 (the first 40 frames)',
    parameterSets: ['6764000cac7284428db01100000001000000320f142984608460', '68e8438f2c8b'],
    slices: `
      0 0 7 0 frame 0 0 - - - - 65888100011ffef7881f32cb6f982b1f2fc832280225bb71
      17 0 5 1 frame - 34 - - - - 419a0916c410fffeaa55fd0f80016d21eedfed621a9b6e11
      8 0 6 2 frame - 16 - - - - 419e10878877ff0429ac1734b7432272c4461b4834ae0800
      1 0 6 3 frame - 2 - - - - 019e1817442bff096e857c64ee5b80
      2 0 6 3 frame - 4 - - - - 019e1827442bff096e857c64f097332a5cab21
      3 0 6 3 frame - 6 - - - - 019e1837442bff096e857c64f096c91f3d6b21
      4 0 6 3 frame - 8 - - - - 019e1847442bff040ff78b2343a599eede41
      5 0 6 3 frame - 10 - - - - 019e1857442bff0153
      6 0 6 3 frame - 12 - - - - 019e1867442bff0153
      7 0 6 3 frame - 14 - - - - 019e1877442bff0153
      9 0 6 3 frame - 18 - - - - 019e1896a42bff0153
      10 0 6 3 frame - 20 - - - - 019e18a6a42bff0153
      11 0 6 3 frame - 22 - - - - 019e18b6a42bff01bb64a4fd02fc
      12 0 6 3 frame - 24 - - - - 019e18c6a42bff0153
      13 0 6 3 frame - 26 - - - - 019e18d6a42bff0817f4bbfe5745aad6590e5ab981
      14 0 6 3 frame - 28 - - - - 019e18e6a42bff0817f4bbfe57419ed6590e402981
      15 0 6 3 frame - 30 - - - - 019e18f6a42bff0817f4bbfe573e95d6590e98af
      16 0 6 3 frame - 32 - - - - 019e1906a42bff0817f4bbfe1d34aba1
      34 0 5 3 frame - 68 - - - - 419a1a249a810168994c0821fffeaa55098359fe19c1b800
      25 0 6 4 frame - 50 - - - - 419e2196e21dff037579f56c5916b7388f110a99ed744300
      18 0 6 5 frame - 36 - - - - 019e2926d10aff08865216fe079c7b
      19 0 6 5 frame - 38 - - - - 019e2936d10aff08865216fe07a401371b0d
      20 0 6 5 frame - 40 - - - - 019e2946d10aff08865216fe07b80397eed2dcfb7dba60
      21 0 6 5 frame - 42 - - - - 019e2956d10aff08865216fe07a36843bd01da08df9088a0
      22 0 6 5 frame - 44 - - - - 019e2966d10aff0413a62f1e91
      23 0 6 5 frame - 46 - - - - 019e2976d10aff0413a62f1e90
      24 0 6 5 frame - 48 - - - - 019e2986d10aff0413a62f21d37fc1
      26 0 6 5 frame - 52 - - - - 019e29a6490aff0153
      27 0 6 5 frame - 54 - - - - 019e29b6490aff01ec0f931b41
      28 0 6 5 frame - 56 - - - - 019e29c6490aff01ec0c462c58cc6af4105f
      29 0 6 5 frame - 58 - - - - 019e29d6490aff01ec0d492c58ed3cb458b0f0
      30 0 6 5 frame - 60 - - - - 019e29e6490aff0892c2bf770fd62fa6b8
      31 0 6 5 frame - 62 - - - - 019e29f6490aff0892c2bf76c9d89ebae1
      32 0 6 5 frame - 64 - - - - 019e2a06490aff0892c2c276a7da947b4250
      33 0 6 5 frame - 66 - - - - 019e2a16490aff0892c151
      39 0 5 5 frame - 102 - - - - 419a2b34da81016d68994c00821ffeaa5509dee6f4c005d2
      38 0 6 6 frame - 84 - - - - 419e32a658877f03ae4970f87fc586bd9f73fffeab98d9be
      35 0 6 7 frame - 70 - - - - 019e3a365442bf08864853d8951a21
      36 0 6 7 frame - 72 - - - - 019e3a465442bf08864938fe8859f36f53
      37 0 6 7 frame - 74 - - - - 019e3a565442bf0886483def3467
    `,
  },
  {
    name: 'no latency, frame_num wrapping',
    made: 'ffmpeg -f lavfi -i testsrc=s=160x96:r=25 -frames:v 200 -pix_fmt yuv420p -c:v libx264 -tune zerolatency -g 150 (the first 24 frames)',
    parameterSets: ['6764000bacb2051b602200000002000000651e2854905490', '68ebc3cb22c0'],
    slices: `
      0 0 7 0 frame 0 - - - - - 65888404bffef7addf814dc3292b999868ada00369baf715
      1 0 5 1 frame - - - - - - 419a3b10fffea9961d5105f00168d0e3663ae296d1a87679
      2 0 5 2 frame - - - - - - 419a4f0864ca61047ffeb52a812b5aeef63900039950c841
      3 0 5 3 frame - - - - - - 419a727843c994c0827ffeb34847e2158cee13fb70019dad
      4 0 5 4 frame - - - - - - 419a927843c994c082bff4b4680800da08b0ac221446f097
      5 0 5 5 frame - - - - - - 419ab27843c994c082dffed60aa1a7c00086db6f1f850b42
      6 0 5 6 frame - - - - - - 419ad27843c994c082fffda30867400422e208be0e9a66d7
      7 0 5 7 frame - - - - - - 419af27843c994c082fffeda78abfc6a0034fe3dad31c426
      8 0 5 8 frame - - - - - - 419b127843c994c082fffeda78a8fcbc007ebf96925910f9
      9 0 5 9 frame - - - - - - 419b327843c994c082fffedaa658c1edbfa800d37a80ffba
      10 0 5 10 frame - - - - - - 419b527843c994c082fffedaa65815179431c700020ea4b8
      11 0 5 11 frame - - - - - - 419b727843c994c082fffedaa65815179431c700021732de
      12 0 5 12 frame - - - - - - 419b927843c994c082fffedaa65815178dafbc800cfcf5c4
      13 0 5 13 frame - - - - - - 419bb27843c994c082fffedaa658150ee6d7fe94b02003d8
      14 0 5 14 frame - - - - - - 419bd27843c994c082fffedaa6581481f66d5e7bf396a68a
      15 0 5 15 frame - - - - - - 419bf27843c994c082fffedaa658148cd27f5a4008460c82
      16 0 5 0 frame - - - - - - 419a127843c994c082fffedaa65814f089befef560fb4c8f
      17 0 5 1 frame - - - - - - 419a327843c994c082fffedaa65815179431c7000211c740
      18 0 5 2 frame - - - - - - 419a527843c994c082fffedaa65814f089befef558200247
      19 0 5 3 frame - - - - - - 419a727843c994c082fffedaa6581481d19b5f29f7eff28d
      20 0 5 4 frame - - - - - - 419a927843c994c082fffedaa65f1b1f69002d1e8116881f
      21 0 5 5 frame - - - - - - 419ab27843c994c082fffedaa65f1b1f690025f9af6a30a1
      22 0 5 6 frame - - - - - - 419ad27843c994c082fffedaa65815178dafd6900215b1ab
      23 0 5 7 frame - - - - - - 419af27843c994c082fffedaa6581481aa1b5b09e35001ae
    `,
  },
  {
    name: 'many reference frames',
    made: 'ffmpeg -f lavfi -i testsrc=s=160x96:r=25 -frames:v 100 -pix_fmt yuv420p -c:v libx264 -preset veryslow -bf 8 -g 250 (the first 24 frames)',
    parameterSets: ['6764000cac7204428db01100000001000000320f142984608460', '68e8438f2c8b'],
    slices: `
      0 0 7 0 frame 0 0 - - - - 6588810006fffef6f0fe053655deb022f0b336806a8779c0
      1 0 5 1 frame - 2 - - - - 419a082d886fffe755a200f87cc936df18a9f0d804757441
      5 0 5 2 frame - 10 - - - - 419a10abf02064ca610dfffea78407e2c39e01741272f449
      3 0 6 3 frame - 6 - - - - 419e1865442fff066ab7b18db9a6010df4c4d7c1df7ecefd
      2 0 6 4 frame - 4 - - - - 019e20452215ff088647cc4ae7cf
      4 0 6 4 frame - 8 - - - - 019e208dc857ff0892bc433f
      7 0 5 4 frame - 14 - - - - 419a20e9750202d64ca6010dfffea78407dbc63db868c6a7
      6 0 6 5 frame - 12 - - - - 019e28c49215ff08999fff935f9a124a911a1bb136bd0c3e
      9 0 5 5 frame - 18 - - - - 419a2929bc0814b593298010cffe9e101c2c694d99f3c152
      8 0 6 6 frame - 16 - - - - 019e3104b215ff0896b6cbd9a85ce640315da937936077b4
      10 0 5 6 frame - 20 - - - - 419a3149fc081d2d64ca60010cfffe9e101b8a28d80d283a
      11 0 5 7 frame - 22 - - - - 419a39688f0207d2d64ca6000437fffea78407acd4479dd6
      13 0 5 8 frame - 26 - - - - 419a41a89f0207f4b593298000433ffe9e101c5567e2c2f1
      12 0 6 9 frame - 24 - - - - 019e498c44857f08985bad466bf15b5bf2ad
      14 0 5 9 frame - 28 - - - - 419a49c8af0207fd2d64ca60000437fffea78407acd434c0
      16 0 5 10 frame - 32 - - - - 419a5208bf0207ff4b5932980000437ffea78407e2c11801
      15 0 6 11 frame - 30 - - - - 019e59ec54857f08987d7a1f93c7ac6f044680
      18 0 5 11 frame - 36 - - - - 419a5a48cf0207ffd2d64ca600000437fffea78407d87af9
      17 0 6 12 frame - 34 - - - - 019e622c5c857f0898783d0fc9d4311bc111a1
      21 0 5 12 frame - 42 - - - - 419a62a8df0207fff4b59329800000433ffe9e101c2c7fd3
      19 0 6 13 frame - 38 - - - - 419e6a6c6442bf089875e28b3082cf06f04468
      20 0 6 14 frame - 40 - - - - 019e728c6c857f0892bc40f753
      22 0 5 14 frame - 44 - - - - 419a72c8fd4080b5fffd2d64ca60000003010cfffe9e101b
      23 0 5 15 frame - 46 - - - - 419a7ae7810296bfffa5ac994c000003000867fffe9e101b
    `,
  },
  {
    name: 'fields and frames, memory management operation 5',
    made: 'bit by bit, by a program for this alone: pictures of one colour each (I_PCM), put in order by ffmpeg',
    parameterSets: ['674d001ef2b28078b1652c', '68de3880'],
    slices: `
      0 0 7 0 frame 1 0 1 - - - 6588810221a00a0a0a0a0a0a
      1 0 7 1 frame - 2 -1 - - mmco5 6188889cd8680c0c0c0c0c0c
      4 0 7 1 frame - 6 -1 - - - 6188899a1a0e0e0e0e0e0e0e
      2 0 7 2 top - 2 - - - - 01889450d010101010101010
      2 0 7 2 bottom - 3 - - - - 01889670d011111111111111
      3 0 7 2 top - 4 - - - - 01889490d012121212121212
      3 0 7 2 bottom - 5 - - - - 018896b0d013131313131313
      5 0 7 2 bottom - 8 - - - - 618897086814141414141414
      5 0 7 2 top - 9 - - - - 618895286815151515151515
      6 0 7 3 frame - 10 0 - - mmco5 61889ab361a0161616161616
      9 0 7 1 bottom - 6 - - - - 61888ec86818181818181818
      9 0 7 1 top - 7 - - - - 61888ce86819191919191919
      7 0 7 2 top - 2 - - - - 01889450d01a1a1a1a1a1a1a
      7 0 7 2 bottom - 3 - - - - 01889670d01b1b1b1b1b1b1b
      8 0 7 2 bottom - 4 - - - - 01889690d01c1c1c1c1c1c1c
      8 0 7 2 top - 5 - - - - 018894b0d01d1d1d1d1d1d1d
      10 0 7 2 top - 8 - - - mmco5 6188951361a01e1e1e1e1e1e
      10 0 7 0 bottom - 1 - - - - 61888628681f1f1f1f1f1f1f
      11 0 7 1 frame - 2 0 - - mmco5 618888b361a0202020202020
      12 0 7 1 frame - 2 1 - - mmco5 61888894d868222222222222
    `,
  },
  {
    name: 'pic_order_cnt_type 1 with fields',
    made: 'bit by bit, by a program for this alone: pictures of one colour each (I_PCM), put in order by ffmpeg',
    parameterSets: ['674d001ed07c8140a060aca01e2c594b', '68de3880'],
    slices: `
      0 0 7 0 top 1 - - 0 - - 658884a4340a0a0a0a0a0a0a
      0 0 7 0 bottom - - - 0 - - 61888743400b0b0b0b0b0b0b
      2 0 7 1 frame - - - 0 0 - 61888b43400c0c0c0c0c0c0c
      1 0 7 2 top - - - 0 - - 01889586800e0e0e0e0e0e0e
      1 0 7 2 bottom - - - 0 - - 01889786800f0f0f0f0f0f0f
      5 0 7 2 bottom - - - 0 - - 618897434010101010101010
      5 0 7 2 top - - - 0 - - 618895434011111111111111
      3 0 7 3 top - - - 0 - - 01889d868012121212121212
      3 0 7 3 bottom - - - 0 - - 01889f868013131313131313
      4 0 7 3 top - - - 2 - - 01889c486814141414141414
      4 0 7 3 bottom - - - 2 - - 01889e486815151515151515
      8 0 7 3 frame - - - 0 0 - 61889b434016161616161616
      6 0 7 4 frame - - - 0 0 - 0188a3868018181818181818
      7 0 7 4 top - - - 2 - - 0188a448681a1a1a1a1a1a1a
      7 0 7 4 bottom - - - 2 - - 0188a648681b1b1b1b1b1b1b
      10 0 7 4 frame - - - 0 0 - 6188a343401c1c1c1c1c1c1c
      9 0 7 5 frame - - - 0 0 - 0188ab86801e1e1e1e1e1e1e
      12 0 7 5 frame - - - 0 0 - 6188ab434020202020202020
      11 0 7 6 top - - - 0 - - 0188b5868022222222222222
      11 0 7 6 bottom - - - 0 - - 0188b7868023232323232323
      15 0 7 6 frame - - - 0 0 - 6188b3434024242424242424
      13 0 7 7 frame - - - 0 0 - 0188bb868026262626262626
      14 0 7 7 frame - - - 2 0 - 0188b8986828282828282828
      17 0 7 7 frame - - - 0 0 - 6188bb43402a2a2a2a2a2a2a
      16 0 7 8 frame - - - 0 0 - 0188c386802c2c2c2c2c2c2c
      18 0 7 8 frame - - - 0 0 - 6188c343402e2e2e2e2e2e2e
      21 0 7 9 bottom - - - 0 - - 6188cf434030303030303030
      21 0 7 9 top - - - 0 - - 6188cd434031313131313131
      19 0 7 10 frame - - - 0 0 - 0188d3868032323232323232
      20 0 7 10 frame - - - 2 0 - 0188d0986834343434343434
      23 0 7 10 bottom - - - 0 - - 6188d7434036363636363636
      23 0 7 10 top - - - 0 - - 6188d5434037373737373737
      22 0 7 11 top - - - 0 - - 0188dd868038383838383838
      22 0 7 11 bottom - - - 0 - - 0188df868039393939393939
      26 0 7 11 top - - - 0 - - 6188dd43403a3a3a3a3a3a3a
      26 0 7 11 bottom - - - 0 - - 6188df43403b3b3b3b3b3b3b
      24 0 7 12 top - - - 0 - - 0188e586803c3c3c3c3c3c3c
      24 0 7 12 bottom - - - 0 - - 0188e786803d3d3d3d3d3d3d
      25 0 7 12 frame - - - 2 0 - 0188e098683e3e3e3e3e3e3e
      29 0 7 12 frame - - - 0 0 - 6188e3434040404040404040
      27 0 7 13 top - - - 0 - - 0188ed868042424242424242
      27 0 7 13 bottom - - - 0 - - 0188ef868043434343434343
      28 0 7 13 frame - - - 2 0 - 0188e8986844444444444444
      31 0 7 13 bottom - - - 0 - - 6188ef434046464646464646
      31 0 7 13 top - - - 0 - - 6188ed434047474747474747
      30 0 7 14 bottom - - - 0 - - 0188f7868048484848484848
      30 0 7 14 top - - - 0 - - 0188f5868049494949494949
      34 0 7 14 frame - - - 0 0 - 6188f343404a4a4a4a4a4a4a
      32 0 7 15 frame - - - 0 0 - 0188fb86804c4c4c4c4c4c4c
      33 0 7 15 frame - - - 2 0 - 0188f898684e4e4e4e4e4e4e
      37 0 7 15 bottom - - - 0 - - 6188ff434050505050505050
      37 0 7 15 top - - - 0 - - 6188fd434051515151515151
      35 0 7 0 frame - - - 0 0 - 018883868052525252525252
      36 0 7 0 frame - - - 2 0 - 018880986854545454545454
      39 0 7 0 bottom - - - 0 - - 618887434056565656565656
      39 0 7 0 top - - - 0 - - 618885434057575757575757
      38 0 7 1 bottom - - - 0 - - 01888f868058585858585858
      38 0 7 1 top - - - 0 - - 01888d868059595959595959
      40 0 7 1 top - - - 0 - - 61888d43405a5a5a5a5a5a5a
      40 0 7 1 bottom - - - 0 - - 61888f43405b5b5b5b5b5b5b
      42 0 7 2 frame - - - 0 0 - 61889343405c5c5c5c5c5c5c
      41 0 7 3 top - - - 0 - - 01889d86805e5e5e5e5e5e5e
      41 0 7 3 bottom - - - 0 - - 01889f86805f5f5f5f5f5f5f
      44 0 7 3 frame - - - 0 0 - 61889b434060606060606060
      43 0 7 4 frame - - - 0 0 - 0188a3868062626262626262
      45 0 7 4 frame - - - 0 0 - 6188a3434064646464646464
      48 0 7 5 top - - - 0 - - 6188ad434066666666666666
      48 0 7 5 bottom - - - 0 - - 6188af434067676767676767
      46 0 7 6 frame - - - 0 0 - 0188b3868068686868686868
      47 0 7 6 bottom - - - 2 - - 0188b648686a6a6a6a6a6a6a
      47 0 7 6 top - - - 2 - - 0188b448686b6b6b6b6b6b6b
      50 0 7 6 frame - - - 0 0 - 6188b343406c6c6c6c6c6c6c
      49 0 7 7 frame - - - 0 0 - 0188bb86806e6e6e6e6e6e6e
    `,
  },
  {
    name: 'pic_order_cnt_type 1, memory management operation 5',
    made: 'bit by bit, by a program for this alone: pictures of one colour each (I_PCM), put in order by ffmpeg',
    parameterSets: ['674d001ed05b6140a159403c58b296', '68de3880'],
    slices: `
      0 0 7 0 frame 1 - - 0 0 - 65888164340a0a0a0a0a0a0a
      1 0 7 1 frame - - - 0 0 mmco5 61888b9b0d000c0c0c0c0c0c
      2 0 7 1 top - - - 0 - mmco5 61888d9b0d000e0e0e0e0e0e
      2 0 7 0 bottom - - - 0 - - 61888743400f0f0f0f0f0f0f
      5 0 7 1 frame - - - 0 0 - 61888b434010101010101010
      3 0 7 2 top - - - 0 - - 018895868012121212121212
      3 0 7 2 bottom - - - 0 - - 018897868013131313131313
      4 0 7 2 frame - - - 2 0 - 018890986814141414141414
      7 0 7 2 frame - - - 0 0 - 618893434016161616161616
      6 0 7 3 top - - - 0 - - 01889d868018181818181818
      6 0 7 3 bottom - - - 0 - - 01889f868019191919191919
      9 0 7 3 top - - - 0 - - 61889d43401a1a1a1a1a1a1a
      9 0 7 3 bottom - - - 0 - - 61889f43401b1b1b1b1b1b1b
      8 0 7 4 frame - - - 0 0 - 0188a386801c1c1c1c1c1c1c
      11 0 7 4 frame - - - 0 0 - 6188a343401e1e1e1e1e1e1e
      10 0 7 5 frame - - - 0 0 - 0188ab868020202020202020
    `,
  },
  {
    name: 'pic_order_cnt_type 2 with fields, frame_num wrapping',
    made: 'bit by bit, by a program for this alone: pictures of one colour each (I_PCM), put in order by ffmpeg',
    parameterSets: ['674d001ed959403c58b296', '68de3880'],
    slices: `
      0 0 7 0 bottom 1 - - - - - 65888688680a0a0a0a0a0a0a
      0 0 7 0 top - - - - - - 61888486800b0b0b0b0b0b0b
      1 0 7 1 frame - - - - - - 6188890d000c0c0c0c0c0c0c
      2 0 7 2 top - - - - - - 0188950d000e0e0e0e0e0e0e
      2 0 7 2 bottom - - - - - - 0188970d000f0f0f0f0f0f0f
      3 0 7 2 frame - - - - - - 6188910d0010101010101010
      4 0 7 3 frame - - - - - - 01889a1a1212121212121212
      5 0 7 3 frame - - - - - - 6188990d0014141414141414
      6 0 7 4 frame - - - - - - 0188a21a1616161616161616
      7 0 7 4 top - - - - - - 6188a4868018181818181818
      7 0 7 4 bottom - - - - - - 6188a6868019191919191919
      8 0 7 5 frame - - - - - - 0188aa1a1a1a1a1a1a1a1a1a
      9 0 7 5 bottom - - - - - - 6188ae86801c1c1c1c1c1c1c
      9 0 7 5 top - - - - - - 6188ac86801d1d1d1d1d1d1d
      10 0 7 6 bottom - - - - - - 6188b686801e1e1e1e1e1e1e
      10 0 7 6 top - - - - - - 6188b486801f1f1f1f1f1f1f
      11 0 7 7 frame - - - - - - 6188b90d0020202020202020
      12 0 7 8 frame - - - - - - 6188c10d0022222222222222
      13 0 7 9 top - - - - - - 0188cd0d0024242424242424
      13 0 7 9 bottom - - - - - - 0188cf0d0025252525252525
      14 0 7 9 top - - - - - - 6188cc868026262626262626
      14 0 7 9 bottom - - - - - - 6188ce868027272727272727
      15 0 7 10 frame - - - - - - 0188d21a2828282828282828
      16 0 7 10 frame - - - - - - 6188d10d002a2a2a2a2a2a2a
      17 0 7 11 frame - - - - - - 6188d90d002c2c2c2c2c2c2c
      18 0 7 12 frame - - - - - - 6188e10d002e2e2e2e2e2e2e
      19 0 7 13 bottom - - - - - - 0188ef0d0030303030303030
      19 0 7 13 top - - - - - - 0188ed0d0031313131313131
      20 0 7 13 frame - - - - - - 6188e90d0032323232323232
      21 0 7 14 bottom - - - - - - 6188f6868034343434343434
      21 0 7 14 top - - - - - - 6188f4868035353535353535
      22 0 7 15 bottom - - - - - - 6188fe868036363636363636
      22 0 7 15 top - - - - - - 6188fc868037373737373737
      23 0 7 0 frame - - - - - - 0188821a3838383838383838
      24 0 7 0 bottom - - - - - - 61888686803a3a3a3a3a3a3a
      24 0 7 0 top - - - - - - 61888486803b3b3b3b3b3b3b
      25 0 7 1 frame - - - - - - 6188890d003c3c3c3c3c3c3c
      26 0 7 2 frame - - - - - - 6188910d003e3e3e3e3e3e3e
      27 0 7 3 bottom - - - - - - 01889f0d0040404040404040
      27 0 7 3 top - - - - - - 01889d0d0041414141414141
      28 0 7 3 frame - - - - - - 6188990d0042424242424242
      29 0 7 4 bottom - - - - - - 6188a6868044444444444444
      29 0 7 4 top - - - - - - 6188a4868045454545454545
      30 0 7 5 frame - - - - - - 6188a90d0046464646464646
      31 0 7 6 top - - - - - - 6188b4868048484848484848
      31 0 7 6 bottom - - - - - - 6188b6868049494949494949
      32 0 7 7 top - - - - - - 6188bc86804a4a4a4a4a4a4a
      32 0 7 7 bottom - - - - - - 6188be86804b4b4b4b4b4b4b
      33 0 7 8 frame - - - - - - 6188c10d004c4c4c4c4c4c4c
      34 0 7 9 frame - - - - - - 6188c90d004e4e4e4e4e4e4e
      35 0 7 10 frame - - - - - - 0188d21a5050505050505050
      36 0 7 10 frame - - - - - - 6188d10d0052525252525252
      37 0 7 11 frame - - - - - - 6188d90d0054545454545454
      38 0 7 12 top - - - - - - 0188e50d0056565656565656
      38 0 7 12 bottom - - - - - - 0188e70d0057575757575757
      39 0 7 12 frame - - - - - - 6188e10d0058585858585858
      40 0 7 13 frame - - - - - - 0188ea1a5a5a5a5a5a5a5a5a
      41 0 7 13 bottom - - - - - - 6188ee86805c5c5c5c5c5c5c
      41 0 7 13 top - - - - - - 6188ec86805d5d5d5d5d5d5d
      42 0 7 14 frame - - - - - - 6188f10d005e5e5e5e5e5e5e
      43 0 7 15 bottom - - - - - - 6188fe868060606060606060
      43 0 7 15 top - - - - - - 6188fc868061616161616161
      44 0 7 0 bottom - - - - - - 618886868062626262626262
      44 0 7 0 top - - - - - - 618884868063636363636363
      45 0 7 1 frame - - - - - - 01888a1a6464646464646464
      46 0 7 1 frame - - - - - - 6188890d0066666666666666
      47 0 7 2 frame - - - - - - 0188921a6868686868686868
      48 0 7 2 top - - - - - - 61889486806a6a6a6a6a6a6a
      48 0 7 2 bottom - - - - - - 61889686806b6b6b6b6b6b6b
      49 0 7 3 frame - - - - - - 6188990d006c6c6c6c6c6c6c
      50 0 7 4 frame - - - - - - 6188a10d006e6e6e6e6e6e6e
      51 0 7 5 bottom - - - - - - 6188ae868070707070707070
      51 0 7 5 top - - - - - - 6188ac868071717171717171
      52 0 7 6 top - - - - - - 0188b50d0072727272727272
      52 0 7 6 bottom - - - - - - 0188b70d0073737373737373
      53 0 7 6 top - - - - - - 6188b4868074747474747474
      53 0 7 6 bottom - - - - - - 6188b6868075757575757575
      54 0 7 7 bottom - - - - - - 0188bf0d0076767676767676
      54 0 7 7 top - - - - - - 0188bd0d0077777777777777
      55 0 7 7 frame - - - - - - 6188b90d0078787878787878
    `,
  },
  {
    name: 'pic_order_cnt_type 2, memory management operation 5',
    made: 'bit by bit, by a program for this alone: pictures of one colour each (I_PCM), put in order by ffmpeg',
    parameterSets: ['674d001ed959403c58b296', '68de3880'],
    slices: `
      0 0 7 0 bottom 1 - - - - - 65888688680a0a0a0a0a0a0a
      0 0 7 0 top - - - - - - 61888486800b0b0b0b0b0b0b
      1 0 7 1 bottom - - - - - mmco5 61888f361a0c0c0c0c0c0c0c
      1 0 7 0 top - - - - - - 61888486800d0d0d0d0d0d0d
      2 0 7 1 top - - - - - - 01888d0d000e0e0e0e0e0e0e
      2 0 7 1 bottom - - - - - - 01888f0d000f0f0f0f0f0f0f
      3 0 7 0 frame 2 - - - - - 65888190d010101010101010
      4 0 7 1 bottom - - - - - - 61888e868012121212121212
      4 0 7 1 top - - - - - - 61888c868013131313131313
      5 0 7 2 frame - - - - - - 6188910d0014141414141414
      6 0 7 3 frame - - - - - - 01889a1a1616161616161616
      7 0 7 3 frame - - - - - - 6188990d0018181818181818
      8 0 7 4 frame - - - - - - 0188a21a1a1a1a1a1a1a1a1a
      9 0 7 4 frame - - - - - mmco5 6188a26c341c1c1c1c1c1c1c
      10 0 7 1 top - - - - - - 01888d0d001e1e1e1e1e1e1e
      10 0 7 1 bottom - - - - - - 01888f0d001f1f1f1f1f1f1f
      11 0 7 1 frame - - - - - - 6188890d0020202020202020
      12 0 7 2 frame - - - - - - 0188921a2222222222222222
      13 0 7 2 frame - - - - - mmco5 6188926c3424242424242424
    `,
  },
  {
    name: 'fields and frames, pic_order_cnt_lsb of four bits wrapping',
    made: 'bit by bit, by a program for this alone: pictures of one colour each (I_PCM), put in order by ffmpeg',
    parameterSets: ['674d001ef2b28078b1652c', '68ce3880'],
    slices: `
      0 0 7 0 top 1 0 - - - - 6588848086800a0a0a0a0a0a
      0 0 7 0 bottom - 1 - - - - 61888628680b0b0b0b0b0b0b
      1 0 7 1 top - 2 - - - - 61888c48680c0c0c0c0c0c0c
      1 0 7 1 bottom - 3 - - - - 61888e68680d0d0d0d0d0d0d
      4 0 7 2 bottom - 8 - - - - 61889708680e0e0e0e0e0e0e
      4 0 7 2 top - 9 - - - - 61889528680f0f0f0f0f0f0f
      2 0 7 3 frame - 4 - - - - 01889921a010101010101010
      3 0 7 3 bottom - 6 - - - - 01889ed0d012121212121212
      3 0 7 3 top - 7 - - - - 01889cf0d013131313131313
      5 0 7 3 frame - 10 - - - - 61889a90d014141414141414
      7 0 7 4 frame - 14 - - - - 6188a390d016161616161616
      6 0 7 5 bottom - 12 - - - - 0188af90d018181818181818
      6 0 7 5 top - 13 - - - - 0188adb0d019191919191919
      9 0 7 5 frame - 2 - - - - 6188a890d01a1a1a1a1a1a1a
      8 0 7 6 top - 0 - - - - 0188b410d01c1c1c1c1c1c1c
      8 0 7 6 bottom - 1 - - - - 0188b630d01d1d1d1d1d1d1d
      11 0 7 6 top - 6 - - - - 6188b4c8681e1e1e1e1e1e1e
      11 0 7 6 bottom - 7 - - - - 6188b6e8681f1f1f1f1f1f1f
      10 0 7 7 bottom - 4 - - - - 0188be90d020202020202020
      10 0 7 7 top - 5 - - - - 0188bcb0d021212121212121
      12 0 7 7 bottom - 8 - - - - 6188bf086822222222222222
      12 0 7 7 top - 9 - - - - 6188bd286823232323232323
      13 0 7 8 bottom - 10 - - - - 6188c7486824242424242424
      13 0 7 8 top - 11 - - - - 6188c5686825252525252525
      16 0 7 9 frame - 0 - - - - 6188c810d026262626262626
      14 0 7 10 frame - 12 - - - - 0188d321a028282828282828
      15 0 7 10 frame - 14 - - - - 0188d3a1a02a2a2a2a2a2a2a
      18 0 7 10 top - 4 - - - - 6188d488682c2c2c2c2c2c2c
      18 0 7 10 bottom - 5 - - - - 6188d6a8682d2d2d2d2d2d2d
      17 0 7 11 bottom - 2 - - - - 0188de50d02e2e2e2e2e2e2e
      17 0 7 11 top - 3 - - - - 0188dc70d02f2f2f2f2f2f2f
      21 0 7 11 top - 10 - - - - 6188dd486830303030303030
      21 0 7 11 bottom - 11 - - - - 6188df686831313131313131
      19 0 7 12 bottom - 6 - - - - 0188e6d0d032323232323232
      19 0 7 12 top - 7 - - - - 0188e4f0d033333333333333
      20 0 7 12 frame - 8 - - - - 0188e221a034343434343434
      23 0 7 12 top - 14 - - - - 6188e5c86836363636363636
      23 0 7 12 bottom - 15 - - - - 6188e7e86837373737373737
      22 0 7 13 frame - 12 - - - - 0188eb21a038383838383838
      24 0 7 13 frame - 0 - - - - 6188e810d03a3a3a3a3a3a3a
      27 0 7 14 bottom - 6 - - - - 6188f6c8683c3c3c3c3c3c3c
      27 0 7 14 top - 7 - - - - 6188f4e8683d3d3d3d3d3d3d
      25 0 7 15 top - 2 - - - - 0188fc50d03e3e3e3e3e3e3e
      25 0 7 15 bottom - 3 - - - - 0188fe70d03f3f3f3f3f3f3f
      26 0 7 15 frame - 4 - - - - 0188f921a040404040404040
      29 0 7 15 frame - 10 - - - - 6188fa90d042424242424242
      28 0 7 0 bottom - 8 - - - - 01888710d044444444444444
      28 0 7 0 top - 9 - - - - 01888530d045454545454545
      30 0 7 0 frame - 12 - - - - 61888310d046464646464646
      32 0 7 1 bottom - 0 - - - - 61888e086848484848484848
      32 0 7 1 top - 1 - - - - 61888c286849494949494949
      31 0 7 2 top - 14 - - - - 018895d0d04a4a4a4a4a4a4a
      31 0 7 2 bottom - 15 - - - - 018897f0d04b4b4b4b4b4b4b
      35 0 7 2 bottom - 6 - - - - 618896c8684c4c4c4c4c4c4c
      35 0 7 2 top - 7 - - - - 618894e8684d4d4d4d4d4d4d
      33 0 7 3 frame - 2 - - - - 018898a1a04e4e4e4e4e4e4e
      34 0 7 3 bottom - 4 - - - - 01889e90d050505050505050
      34 0 7 3 top - 5 - - - - 01889cb0d051515151515151
      36 0 7 3 frame - 8 - - - - 61889a10d052525252525252
      38 0 7 4 bottom - 12 - - - - 6188a7886854545454545454
      38 0 7 4 top - 13 - - - - 6188a5a86855555555555555
      37 0 7 5 frame - 10 - - - - 0188aaa1a056565656565656
      39 0 7 5 bottom - 14 - - - - 6188afc86858585858585858
      39 0 7 5 top - 15 - - - - 6188ade86859595959595959
      41 0 7 6 frame - 2 - - - - 6188b090d05a5a5a5a5a5a5a
      40 0 7 7 frame - 0 - - - - 0188b821a05c5c5c5c5c5c5c
      44 0 7 7 top - 8 - - - - 6188bd08685e5e5e5e5e5e5e
      44 0 7 7 bottom - 9 - - - - 6188bf28685f5f5f5f5f5f5f
      42 0 7 8 frame - 4 - - - - 0188c121a060606060606060
      43 0 7 8 bottom - 6 - - - - 0188c6d0d062626262626262
      43 0 7 8 top - 7 - - - - 0188c4f0d063636363636363
    `,
  },
];

export interface SliceCase {
  readonly rank: number;
  readonly nalUnit: string;
  readonly firstMbInSlice: number;
  readonly sliceType: number;
  readonly frameNum: number;
  readonly structure: string;
  readonly idrPicId: number | undefined;
  readonly picOrderCntLsb: number | undefined;
  readonly deltaPicOrderCntBottom: number | undefined;
  readonly deltaPicOrderCnt: readonly [number | undefined, number | undefined];
  readonly memoryManagementControlOperation5: boolean;
}

/** The slices of a stream, in decoding order. */
export function slicesOf(stream: SliceStream): readonly SliceCase[] {
  return stream.slices
    .trim()
    .split('\n')
    .map((line) => {
      const cells = line.trim().split(' ');
      const text = (index: number): string => cells[index] ?? '';
      const coded = (index: number): number | undefined => (text(index) === '-' ? undefined : Number(text(index)));
      return {
        rank: Number(text(0)),
        firstMbInSlice: Number(text(1)),
        sliceType: Number(text(2)),
        frameNum: Number(text(3)),
        structure: text(4),
        idrPicId: coded(5),
        picOrderCntLsb: coded(6),
        deltaPicOrderCntBottom: coded(7),
        deltaPicOrderCnt: [coded(8), coded(9)],
        memoryManagementControlOperation5: text(10) === 'mmco5',
        nalUnit: text(11),
      };
    });
}
