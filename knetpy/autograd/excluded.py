"""What has no gradient to give, with the reason; and what a device or complex numbers cannot have.

These lists complete the table of rules in coverage.py.
"""

__all__ = ["CUPY_HAS", "CUPY_LACKS", "EXCLUDED", "REAL_ONLY"]

INTEGERS = "integers, strings or dates"
NO_ARRAY = "takes no array"
FILES = "input or output"
OLD = "deprecated"

EXCLUDED = {
    "numpy": {
        INTEGERS: """
            base_repr binary_repr busday_count busday_offset datetime_as_string datetime_data gcd
            is_busday isnat lcm packbits ravel_multi_index unpackbits unravel_index""",
        NO_ARRAY: """
            arange bartlett blackman broadcast_shapes diag_indices empty eye frompyfunc
            fromfunction fromiter get_include get_printoptions getbufsize geterr geterrcall
            hamming hanning identity indices info isdtype isfortran isscalar issubdtype iterable
            kaiser mask_indices mintypecode nested_iters ones printoptions promote_types
            set_printoptions setbufsize seterr seterrcall show_config show_runtime test tri
            tril_indices triu_indices typename zeros""",
        FILES: """
            asarray_chkfinite format_float_positional format_float_scientific from_dlpack
            frombuffer fromfile fromregex fromstring genfromtxt load loadtxt save savetxt savez
            savez_compressed""",
        OLD: "asmatrix bmat row_stack",
    },
    "numpy.fft": {NO_ARRAY: "fftfreq rfftfreq"},
    "scipy.special": {
        INTEGERS: "bernoulli euler stirling2",
        NO_ARRAY: """
            ai_zeros bei_zeros beip_zeros ber_zeros berp_zeros bi_zeros c_roots cg_roots chebyc
            chebys chebyt chebyu erf_zeros fresnel_zeros fresnelc_zeros fresnels_zeros gegenbauer
            genlaguerre geterr h_roots he_roots hermite hermitenorm j_roots jacobi jn_zeros
            jnjnp_zeros jnp_zeros jnyn_zeros js_roots kei_zeros keip_zeros kelvin_zeros ker_zeros
            kerp_zeros l_roots la_roots laguerre legendre p_roots ps_roots roots_chebyc
            roots_chebys roots_chebyt roots_chebyu roots_gegenbauer roots_genlaguerre
            roots_hermite roots_hermitenorm roots_jacobi roots_laguerre roots_legendre
            roots_sh_chebyt roots_sh_chebyu roots_sh_jacobi roots_sh_legendre s_roots seterr
            sh_chebyt sh_chebyu sh_jacobi sh_legendre t_roots ts_roots u_roots us_roots y0_zeros
            y1_zeros y1p_zeros yn_zeros ynp_zeros""",
    },
    "scipy.ndimage": {
        NO_ARRAY: "generate_binary_structure iterate_structure",
    },
    "scipy.linalg": {
        NO_ARRAY: """
            dft find_best_blas_type get_blas_funcs get_lapack_funcs hadamard helmert hilbert
            invhilbert invpascal pascal""",
    },
    "scipy.interpolate": {
        OLD: "Rbf interp2d",
    },
}

# Not in the namespaces of CuPy 14.2.
CUPY_LACKS = {
    "numpy": """
        block einsum_path geomspace histogram_bin_edges insert matvec nanpercentile nanquantile
        polyder polydiv polyint spacing unstack vecdot vecmat""",
    "numpy.linalg": """
        diagonal matrix_norm multi_dot outer svdvals tensordot trace vecdot vector_norm""",
    "numpy.fft": "",
}

# The ufuncs of cupyx.scipy.special, to which CuPy 14.2 leads SciPy's; their rules need no others.
CUPY_HAS = """
    bdtr bdtrc bdtri beta betainc betaincinv betaln binom boxcox boxcox1p cbrt chdtr chdtrc chdtri
    cosdg cosm1 cotdg digamma ellipeinc ellipj ellipk ellipkinc ellipkm1 entr erf erfc erfcinv
    erfcx erfinv exp1 exp10 exp2 expi expit expm1 expn exprel fdtr fdtrc fdtri gamma gammainc
    gammaincc gammainccinv gammaincinv gammaln gammasgn gdtr gdtrc huber i0 i0e i1 i1e inv_boxcox
    inv_boxcox1p j0 j1 k0 k0e k1 k1e kl_div log1p log_expit log_ndtr loggamma logit lpmv nbdtr
    nbdtrc nbdtri ndtr ndtri pdtr pdtrc pdtri poch pseudo_huber psi radian rel_entr rgamma round
    shichi sici sindg tandg wright_bessel xlog1py xlogy y0 y1 yn zetac"""

# Beside ufuncs, which say it themselves: where complex numbers are refused, or have no test.
REAL_ONLY = {
    "numpy": """
        bincount histogram2d histogram_bin_edges histogramdd i0 nanpercentile nanquantile
        percentile quantile unique_values unwrap""",
    "numpy.fft": "ihfft rfft rfft2 rfftn",
    "scipy.special": """
        comb diric ellip_harm ellip_harm_2 ellip_normal legendre_p lmbda mathieu_even_coef
        mathieu_odd_coef multigammaln obl_cv_seq pbdn_seq pbdv_seq pbvv_seq perm polygamma
        pro_cv_seq riccati_jn riccati_yn softplus sph_harm_y sph_harm_y_all sph_legendre_p
        sph_legendre_p_all""",
    "scipy.interpolate": """
        Akima1DInterpolator BivariateSpline InterpolatedUnivariateSpline LSQBivariateSpline
        LSQSphereBivariateSpline LSQUnivariateSpline PchipInterpolator RectBivariateSpline
        RectSphereBivariateSpline SmoothBivariateSpline SmoothSphereBivariateSpline
        UnivariateSpline bisplev bisplrep generate_knots insert make_smoothing_spline make_splprep
        pchip_interpolate spalde splantider splder splev splint splprep splrep sproot""",
    "scipy.ndimage": """
        black_tophat distance_transform_bf distance_transform_edt generic_filter generic_filter1d
        grey_closing grey_dilation grey_erosion grey_opening maximum_filter maximum_filter1d
        median_filter minimum_filter minimum_filter1d morphological_gradient morphological_laplace
        percentile_filter rank_filter white_tophat""",
    "scipy.linalg": "eigh_tridiagonal eigvalsh_tridiagonal rsf2csf",
}
